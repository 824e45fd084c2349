#!/usr/bin/env bash
# Builds the image and runs it, with no Docker engine and no registry of images:
#
#   apt-get install -y buildah debootstrap
#   deploy/build-offline.sh                        # as root; packages as pip finds them on this machine
#   deploy/build-offline.sh --cpu-wheels FOLDER    # torch and torchvision from the CPU-only wheels in FOLDER
#   deploy/build-offline.sh --no-run ...           # only build and measure
#
# The base image is made of Debian packages, from debootstrap's own mirror or that of DEBIAN_MIRROR; it has what the
# Dockerfile asks of a base. pip inside the build gets this machine's pip configuration by mounts, so that nothing of
# it stays in the image. All is removed at the end. Figures are printed, and are summarised in docs/deploy.md.
set -euo pipefail
SELF=$(realpath "$0")
cd "$(dirname "$SELF")/.."
SUITE=bookworm MIRROR=${DEBIAN_MIRROR:-} PORT=${PORT:-7868}
PYTHON=${PYTHON:-python3}
WHEELS= RUN=yes ARGUMENTS=("$@") waiter=
while [ $# -gt 0 ]; do
  case $1 in
    --no-run) RUN= ; shift ;;
    --cpu-wheels) WHEELS=$(realpath "$2"); shift 2 ;;
    *) sed -n '2,11s/^# \{0,1\}//p' "$SELF"; exit 2 ;;
  esac
done
for tool in buildah debootstrap ss nsenter unshare; do
  command -v $tool >/dev/null \
    || { echo "$tool is missing: apt-get install -y buildah debootstrap iproute2 util-linux" >&2; exit 2; }
done
[ "$(id -u)" = 0 ] || { echo "Run it as root: it mounts folders and makes a root of its own." >&2; exit 2; }
# In a space of mounts of its own, so that none stays on this machine.
[ "${OWN_MOUNTS:-}" = $$ ] || exec env OWN_MOUNTS=$$ unshare --mount --propagation slave "$SELF" "${ARGUMENTS[@]}"
[ -z "$RUN" ] || [ -z "$(ss -Hltn "sport = :$PORT")" ] || { echo "Port $PORT is in use: set PORT." >&2; exit 2; }
WORK=$(mktemp -d "${TMPDIR:-/tmp}/garment-image.XXXXXX")
export BUILDAH_ISOLATION=chroot BUILDAH_FORMAT=docker
BUILDAH=(buildah --root "$WORK/storage" --runroot "$WORK/run")

serving() { # the process that serves the port
  ss -Hltnp "sport = :$PORT" | sed -n 's/.*pid=\([0-9]*\).*/\1/p' | head -1
}
clean() {
  if [ -n "$waiter" ] && kill -0 "$waiter" 2>/dev/null; then
    kill -KILL $(serving) "$waiter" 2>/dev/null || true
    wait "$waiter" 2>/dev/null || true
  fi
  "${BUILDAH[@]}" rm --all >/dev/null 2>&1 || true
  umount -R "$WORK/root" 2>/dev/null || true
  if grep -qF " $WORK/root" /proc/self/mountinfo; then echo "Still mounted, not removed: $WORK" >&2; return; fi
  rm -rf --one-file-system "$WORK"
}
trap clean EXIT
say() { printf '%-44s %s\n' "$1:" "$2"; }
mb() { echo "$(( ($1 + 500000) / 1000000 )) MB"; }
bytes() { du -sb --exclude="$1/proc" --exclude="$1/sys" --exclude="$1/dev" "$1" | cut -f1; }

# 1. A base image of Debian packages.
start=$SECONDS
debootstrap --variant=minbase --include=python3,python3-pip,python-is-python3,ca-certificates \
  $SUITE "$WORK/base" ${MIRROR:+"$MIRROR"} >"$WORK/log" 2>&1 || { tail -20 "$WORK/log" >&2; exit 1; }
rm -f "$WORK"/base/usr/lib/python3*/EXTERNALLY-MANAGED "$WORK"/base/var/cache/apt/archives/*.deb
base=$("${BUILDAH[@]}" from scratch)
"${BUILDAH[@]}" add --quiet "$base" "$WORK/base" / >/dev/null
"${BUILDAH[@]}" commit --quiet "$base" localhost/base >/dev/null
"${BUILDAH[@]}" rm "$base" >/dev/null
say "base image" "$(mb "$(bytes "$WORK/base")"), in $((SECONDS - start)) s"
rm -rf "$WORK/base"

# 2. What .dockerignore lets through.
printf 'FROM scratch\nCOPY . /\n' >"$WORK/context"
"${BUILDAH[@]}" bud --quiet -f "$WORK/context" -t localhost/context . >/dev/null
context=$("${BUILDAH[@]}" from localhost/context)
folder=$("${BUILDAH[@]}" mount "$context")
say "build context" "$(bytes "$folder") bytes, $(find "$folder" -type f | wc -l) files"
"${BUILDAH[@]}" rm "$context" >/dev/null

# 3. pip's configuration of this machine, and the folders that it names.
mounts=()
constraint=
arguments=(--build-arg BASE=localhost/base)
if [ -n "$WHEELS" ]; then
  for package in torch torchvision; do
    mkdir -p "$WORK/index/$package"
    for wheel in "$WHEELS"/$package-*.whl; do
      [ -e "$wheel" ] || continue
      cp "$wheel" "$WORK/index/$package/"
      name=$(basename "$wheel")
      echo "<a href=\"${name//+/%2B}\">$name</a>" >>"$WORK/index/$package/index.html"
      version=${name#"$package"-} version=${version%%-*}
      constraint+="$package==${version%%+*}"$'\n'
    done
  done
  mounts+=(--volume "$WORK/index:/cpu-wheels:ro")
  arguments+=(--build-arg TORCH_INDEX=file:///cpu-wheels)
fi
printf '%s' "$constraint" >"$WORK/constraint.txt"
"$PYTHON" - "$WORK/pip.conf" <<'PY' >"$WORK/folders"
"""Write the pip options in force here as one file; print the local paths that they name."""
import pathlib, re, subprocess, sys
lines = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True).stdout
options = {"constraint": ["/constraint.txt"]}
for key, value in re.findall(r"^(?:global|install|:env:)\.([\w-]+)='(.*)'$", lines, re.MULTILINE):
    found = options.setdefault(key, [])
    found += [word for word in value.replace("\\n", " ").split() if word not in found]
content = "".join(f"{key} = " + "\n  ".join(words) + "\n" for key, words in options.items())
pathlib.Path(sys.argv[1]).write_text("[global]\n" + content)
paths = {word.removeprefix("file://") for words in options.values() for word in words}
print(*sorted({"/".join(path.split("/")[:3]) if path.startswith("/opt/") else path
               for path in paths if path.startswith("/") and pathlib.Path(path).exists()}), sep="\n")
PY
mounts+=(--volume "$WORK/pip.conf:/etc/pip.conf:ro" --volume "$WORK/constraint.txt:/constraint.txt:ro")
while read -r path; do [ -z "$path" ] || mounts+=(--volume "$path:$path:ro"); done <"$WORK/folders"

# 4. The image.
start=$SECONDS
"${BUILDAH[@]}" bud "${arguments[@]}" "${mounts[@]}" -t localhost/garment . >"$WORK/log" 2>&1 \
  || { tail -40 "$WORK/log" >&2; exit 1; }
say "image built" "in $((SECONDS - start)) s"
"${BUILDAH[@]}" inspect --type image localhost/garment >"$WORK/image.json"
"$PYTHON" - "$WORK/image.json" <<'PY'
import json, sys
config = json.load(open(sys.argv[1]))["Docker"]["config"]
for key in ("User", "ExposedPorts", "Cmd", "Healthcheck"):
    print(f"{key + ':':<44} {json.dumps(config[key])}")
PY
container=$("${BUILDAH[@]}" from localhost/garment)
folder=$("${BUILDAH[@]}" mount "$container")
size=$(bytes "$folder")
cuda=$(find "$folder"/usr/local/lib/python3*/ -maxdepth 2 \( -name 'nvidia*' -o -name 'triton*' -o -name 'cuda*' \) -print0 \
  | du -scb --files0-from=- 2>/dev/null | tail -1 | cut -f1)
say "image, unpacked" "$(mb "$size"), of which CUDA's packages $(mb "${cuda:-0}")"
if grep -rqs -e "$WORK" -e 'cpu-wheels' "$folder/etc" "$folder/app"; then echo "The image remembers the build." >&2; exit 1; fi

[ -n "$RUN" ] || exit 0

# 5. Run it as `buildah run` does, then as `docker run --read-only --tmpfs /tmp` would: user 1000, process 1.
stop() { # PID, the process to end with SIGTERM
  local waiter=$1 app=$2 begin=$SECONDS status=0
  kill -TERM "$app"
  wait "$waiter" || status=$?
  say "status after SIGTERM" "$status, in $((SECONDS - begin)) s"
  [ $status = 0 ]
}
echo "--- buildah run"
now=$(date +%s.%N)
"${BUILDAH[@]}" run --env GRADIO_SERVER_PORT=$PORT "$container" -- python app.py >"$WORK/run.log" 2>&1 &
waiter=$!
"$PYTHON" -m deploy.probe "http://127.0.0.1:$PORT" --wait 300 --since "$now" || { cat "$WORK/run.log" >&2; exit 1; }
say "runs as user" "$(ps -o uid= -p "$(serving)")"
stop $waiter "$(serving)"

echo "--- read-only root, tmpfs on /tmp, as process 1"
mkdir -p "$WORK/root"
echo "127.0.0.1 localhost" >"$folder/etc/hosts" # an engine supplies it
mount --bind "$folder" "$WORK/root"
mount -o remount,bind,ro "$WORK/root"
mount -t tmpfs tmpfs "$WORK/root/tmp"
mount --rbind --make-rslave /dev "$WORK/root/dev"
mapfile -t variables < <("$PYTHON" -c 'import json, sys
print(*json.load(open(sys.argv[1]))["Docker"]["config"]["Env"], sep="\n")' "$WORK/image.json")
now=$(date +%s.%N)
unshare --pid --fork --kill-child sh -c 'mount -t proc proc "$1/proc"; root=$1; shift
  exec chroot --userspec=1000:1000 "$root" env -i "$@" sh -c "cd /app && exec python app.py"' \
  sh "$WORK/root" PATH=/usr/local/bin:/usr/bin:/bin "${variables[@]}" GRADIO_SERVER_PORT=$PORT >"$WORK/run.log" 2>&1 &
waiter=$!
"$PYTHON" -m deploy.probe "http://127.0.0.1:$PORT" --wait 300 --since "$now" || { cat "$WORK/run.log" >&2; exit 1; }
app=$(serving)
say "runs as user, process" "$(ps -o uid= -p "$app"), $(sed -n 's/^NSpid:.*\t//p' "/proc/$app/status")"
if nsenter -t "$app" -p -r -S 1000 touch /app/x 2>/dev/null; then echo "The root can be written to." >&2; exit 1; fi
"$PYTHON" -c 'import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)' \
  nsenter -t "$app" -p -r -S 1000 env "${variables[@]}" GRADIO_SERVER_PORT=$PORT \
  python -c "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['GRADIO_SERVER_PORT'] + '/healthz', timeout=4)"
say "resident memory" "$(($(ps -o rss= -p "$app") / 1000)) MB"
stop $waiter "$app"
