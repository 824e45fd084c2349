"""What Gradio would refuse without words, or with a trace in the log, refused in a sentence."""

import sys
from collections.abc import Callable
from typing import Any, Final

import gradio as gr
from fastapi.exceptions import RequestValidationError
from gradio.exceptions import Error
from gradio.route_utils import FnIndexInferError
from starlette.requests import Request
from starlette.responses import JSONResponse

_NO_ENDPOINT: Final = "There is no such endpoint. The documented ones are /denoise, /decode and /encode."
_NO_LIST: Final = "The request must be a JSON object that has 'data' as a list of the endpoint's values."


class Page(gr.Blocks):
    """``gr.Blocks`` whose events answer malformed values with a sentence."""

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], state: Any, explicit_call: bool = False
    ) -> list[Any]:
        """What a function is called with, from what was sent for it.

        Raises:
            gr.Error: a sentence, if there are more or fewer values than it takes, or one is of the wrong kind.
        """
        names = [getattr(block, "label", None) or "value" for block in block_fn.inputs]
        if len(inputs) != len(names):
            raise refusal(f"Send exactly {len(names)} values in 'data' ({', '.join(names)}), not {len(inputs)}.")
        try:
            values: list[Any] = await super().preprocess_data(block_fn, inputs, state, explicit_call)
        except Error:
            raise
        except Exception as error:  # what comes from outside may break any of Gradio's own steps
            raise refusal(f"The values sent ({', '.join(names)}) are not of the kinds that are asked for.") from error
        return values

    async def process_api(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """An event's whole way, from values to answer.

        Raises:
            gr.Error: a sentence, whatever went wrong; what nobody foresaw takes a line in the log.
        """
        try:
            return await super().process_api(*args, **kwargs)
        except Error:
            raise
        except Exception as error:
            print(f"An event failed: {type(error).__name__}.", file=sys.stderr, flush=True)  # its words may hold paths
            raise refusal("The server could not answer this. Try again, or with other values.") from error


def refusal(sentence: str) -> gr.Error:
    """An error that the caller is told and the log is not."""
    return gr.Error(sentence, print_exception=False)


def handlers() -> dict[type[Exception], Callable[[Request, Exception], JSONResponse]]:
    """Answers to requests that fail before any event begins."""
    return {
        FnIndexInferError: lambda *_: JSONResponse({"error": _NO_ENDPOINT}, status_code=404),
        RequestValidationError: lambda *_: JSONResponse({"error": _NO_LIST}, status_code=422),
    }
