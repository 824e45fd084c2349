# Any image with Python 3.11 or newer, pip and useradd will do: deploy/build-offline.sh hands in its own.
ARG BASE=python:3.12.12-slim-bookworm
FROM ${BASE}

# Name an index of CPU-only torch wheels here to leave CUDA out of the image:
#   docker build --build-arg TORCH_INDEX=<url of the CPU wheels' index> .
ARG TORCH_INDEX=""

RUN useradd --create-home --uid 1000 app
WORKDIR /app

COPY requirements.txt .
# The second command holds the first to the versions that requirements.txt names.
# hadolint ignore=DL3013
RUN if [ -n "$TORCH_INDEX" ]; then pip install --no-cache-dir --index-url "$TORCH_INDEX" torch torchvision; fi \
 && pip install --no-cache-dir -r requirements.txt

COPY app.py README.md ./
COPY autoencoder autoencoder
COPY weights weights

USER 1000
# Only /tmp is written to, so the image also runs with --read-only --tmpfs /tmp.
ENV GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    MPLCONFIGDIR=/tmp/matplotlib \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + (os.environ['GRADIO_SERVER_PORT'] or '7860') + '/healthz', timeout=4)"]
CMD ["python", "app.py"]
