"""The layout: imports run strictly downward, between packages and between the rooms of ``web``."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "autoencoder"

# For each room, the rooms that it may import besides itself. A room is a package, or a module that stands alone.
GROUND = {"device", "files", "metrics", "noise", "threefry"}
MODEL = {*GROUND, "model"}
WEIGHTS = {*MODEL, "data", "weights"}
EVALUATION = {*WEIGHTS, "evaluation"}
TRAINING = {*EVALUATION, "training"}
INFERENCE = {*WEIGHTS, "inference"}
WEB_GROUND = {"web.json_values", "web.error_map", "web.page_files", "web.theme"}
ASSETS = {*INFERENCE, *WEB_GROUND, "web.assets", "web.page_config"}
ALLOWED = {
    **{room: set() for room in (*GROUND, "malloc")},
    "noise": {"threefry"},
    "model": GROUND,
    "data": {*GROUND, "data"},
    "weights": {*MODEL, "data"},
    "evaluation": WEIGHTS,
    "training": EVALUATION,
    "evaluate": EVALUATION,
    "export": WEIGHTS,
    "train": TRAINING,
    "inference": WEIGHTS,
    "web.json_values": set(),
    "web.error_map": set(),
    "web.command_line": set(),
    "web.connections": set(),
    "web.page_files": set(),
    "web.theme": set(),
    "web.zero_gpu": set(),
    "web.security": {"data", "device", "web.page_files"},
    "web.assets": {*INFERENCE, "web.page_files"},
    "web.page_config": {*ASSETS},
    "web.report": ASSETS,
    "web.models": {*ASSETS, "web.report"},
    "web.reload": {*ASSETS, "web.models"},
    "web.routes": {*ASSETS, "web.models", "web.security"},
    "web.api": {*ASSETS, "web.models", "web.routes", "web.security"},
    "web.page": {*ASSETS, "web.api", "web.models"},
    "web.early_html": {"web.assets", "web.page_files"},
    "web.server": {"malloc", "web.api", "web.connections", "web.models", "web.page", "web.early_html", "web.routes"}
    | {"web.security"},
    "app": {"device", "malloc", "weights", "web.command_line", "web.models", "web.reload"}
    | {"web.server", "web.zero_gpu"},
}


def room_of(parts: tuple[str, ...]) -> str:
    """Name of the room that a dotted path inside ``autoencoder`` leads to."""
    return ".".join(parts[:2] if parts[0] == "web" and len(parts) > 1 else parts[:1])


def sources() -> list[Path]:
    """All modules of the product that hold code."""
    return [path for path in (ROOT / "app.py", *PACKAGE.rglob("*.py")) if path.name != "__init__.py"]


def imported(path: Path) -> Iterator[tuple[str, ...]]:
    """The modules of ours that a file imports, as paths inside ``autoencoder``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (tuple(name.split(".")[1:]) for name in names if name.split(".")[0] == "autoencoder")


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_downward(path: Path):
    """A module imports its own room and the rooms that are named for it; a room without a name fails."""
    relative = path.relative_to(ROOT if path.name == "app.py" else PACKAGE).with_suffix("")
    own = room_of(relative.parts)
    assert own in ALLOWED, f"{own} has no place in the layout: give it one in this test"
    for target in filter(None, imported(path)):
        room = room_of(target)
        assert room in ALLOWED or room == "web", f"{relative} imports {'.'.join(target)}, which has no place"
        assert room == own or room in ALLOWED[own], f"{relative} imports {'.'.join(target)}, which is not below it"


def test_the_rooms_have_an_order():
    """What a room may import never leads back to it."""

    def below(room: str, seen: frozenset[str] = frozenset()) -> set[str]:
        return {room} | {each for next_ in ALLOWED[room] - seen - {room} for each in below(next_, seen | {room})}

    for room, allowed in ALLOWED.items():
        assert not any(room in ALLOWED[each] for each in allowed - {room}), room
        assert not any(room in below(each) for each in allowed - {room}), room


def test_public_names_are_exactly_the_contract():
    """``autoencoder`` offers what is promised and nothing else."""
    import autoencoder

    assert sorted(autoencoder.__all__) == ["Autoencoder", "ModelConfig", "corrupt", "metrics"]
    assert all(hasattr(autoencoder, name) for name in autoencoder.__all__)


FRAMEWORKS = {"fastapi", "gradio", "mcp", "starlette", "torch", "uvicorn"}
PRIVATE_MODULES = {"gradio.block_function", "gradio.processing_utils", "gradio.queueing", "gradio.route_utils"}
INNER_NAMES = {
    "event_ids_to_events", "middleware_stack", "pending_event_ids_session", "pending_messages_per_session",
    "temp_file_sets", "server_app", "state_holder", "should_exit", "lifespan_context",
}  # fmt: skip


def attributes(tree: ast.AST) -> Iterator[tuple[ast.Attribute, bool]]:
    """Each attribute of anything but ``self`` and ``cls``, and whether it is assigned to."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        owner = node.value
        if not (isinstance(owner, ast.Name) and owner.id in ("self", "cls")):
            yield node, isinstance(node.ctx, ast.Store | ast.Del)


def own_names(tree: ast.AST) -> set[str]:
    """Names of the functions and attributes that a module defines itself."""
    found = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    targets = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store))
    return found | {node.attr for node in targets if isinstance(node.value, ast.Name) and node.value.id == "self"}


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_only_what_libraries_offer_is_used(path: Path):
    """No name of theirs that begins with an underscore or is known to be inner, and nothing of theirs is replaced."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    own = own_names(tree)
    for node, is_assigned in attributes(tree):
        shown = f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}"
        is_dunder = node.attr.startswith("__") and node.attr.endswith("__")
        is_private = node.attr.startswith("_") and not is_dunder
        assert not is_private or node.attr in own or shown.endswith("os._exit"), shown
        assert node.attr not in INNER_NAMES, shown
        assert not is_assigned or "web" not in path.relative_to(ROOT).parts, shown
    for node in ast.walk(tree):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            assert name not in PRIVATE_MODULES, f"{path.relative_to(ROOT)} imports {name}"
            inner = any(part.startswith("_") for part in name.split("."))
            assert name.split(".")[0] not in FRAMEWORKS or not inner, f"{path.relative_to(ROOT)} imports {name}"
