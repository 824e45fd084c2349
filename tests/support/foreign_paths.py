"""Paths that are no upload and no result of this server: nothing may be read at any of them."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
FOREIGN_PATHS = [
    "HTTPS://example.org/x.png",
    "/etc/passwd", "/etc/shadow", "/proc/self/environ", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/maps",
    "/proc/self/cwd/app.py", "/dev/zero", "/dev/stdin", "/dev/fd/0", str(ROOT / "app.py"), "app.py", "./app.py",
    str(ROOT / "weights/basic/model.safetensors"), "weights/samples.webp", "file:///etc/passwd", "//etc/passwd",
    "\\etc\\passwd", "~/.bashrc", "", "/", ".", "\x00", "data:text/plain,x", "/etc/../etc/passwd",
    "C:/Windows/win.ini", "C:\\Windows\\win.ini", "C:\\", "D:a.png", "\\\\server\\share\\a.png", "\\\\?\\C:\\a.png",
    "..\\app.py", "results\\..\\app.py", "NUL", "results/CON/image.png",
]  # fmt: skip
