"""What Hugging Face's ZeroGPU asks of a Space before it lets it run."""


def declare() -> bool:
    """Declare a GPU function where the platform's ``spaces`` package is present; whether it is.

    ZeroGPU ends a Space that has declared none when its server starts. Ours is never called: the models answer
    faster on the CPU than a GPU is lent, so a visitor spends no quota.
    """
    try:
        from spaces import GPU
    except ImportError:  # a folder of that name beside app.py is not the package either
        return False
    GPU(duration=1)(_borrow)
    return True


def report() -> None:
    """Let the ``spaces`` package report the declared function to the platform.

    It does so when a page is launched in Gradio's own way, which ours is not: so an empty one is, on a port of its
    own that only this machine sees. It stays, for closing it waits for a thread of the platform's that does not end.
    """
    import gradio as gr

    with gr.Blocks(analytics_enabled=False) as empty:
        pass
    empty.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, ssr_mode=False, mcp_server=False)


def _borrow() -> None:
    """Would hold a GPU while it runs."""
