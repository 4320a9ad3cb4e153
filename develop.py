"""Set up everything in .venv, then run a command.

A bare machine needs only git, a C compiler and CPython 3.12 or 3.13.

    python3 develop.py run cases/nmc622_cathode     the main job: run.h5 and report.html under runs/
    python3 develop.py test                         the tests
    python3 develop.py COMMAND ...                  any other command of multiscale, e.g. --help

This file runs on older Pythons too: it looks for CPython 3.12 or 3.13 beside the one that started
it, and says what to do where there is none. The environment is made from uv.lock, and made again
only when what it is made from has changed.
"""

import glob
import hashlib
import os
import shutil
import ssl
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
STAMP = os.path.join(VENV, "made-from")
UV = "uv==0.13.9"
VERSIONS = ("3.12", "3.13")


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    prepare()
    if arguments[0] == "test":
        os.chdir(HERE)
        command = [inside("python"), "-m", "pytest"] + arguments[1:]
    else:
        command = [inside("multiscale")] + arguments
    os.execv(command[0], command)  # signals and the exit code are the command's own


def prepare():
    """Make .venv, unless it was made from the same lock file, build files and kernels."""
    wanted = made_from()
    if os.path.exists(STAMP) and open(STAMP).read() == wanted:
        return
    say("setting up .venv from uv.lock (about 2 GB, 1 to 5 minutes, once)")
    python = find_python()
    if not works(inside("python")):
        shutil.rmtree(VENV, ignore_errors=True)
        step([python, "-m", "venv", VENV])
    step([inside("python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV])
    environment = dict(os.environ, UV_PROJECT_ENVIRONMENT=VENV, UV_PYTHON=inside("python"))
    sync = ["sync", "--locked", "--inexact", "--quiet"]
    sync += ["--reinstall-package", "multiscale-electrode"]
    trusted = ssl.get_default_verify_paths()
    if trusted.cafile or trusted.capath:  # as a site's own proxy asks for
        sync.append("--system-certs")
    step([inside("uv")] + sync, env=environment)
    with open(STAMP, "w") as stamp:
        stamp.write(wanted)


def find_python():
    """The path of a CPython 3.12 or 3.13."""
    candidates = [sys.executable]
    for version in VERSIONS:
        candidates.append(shutil.which("python" + version))
        pyenv = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
        pattern = os.path.join(pyenv, "versions", version + "*", "bin", "python")
        candidates.extend(sorted(glob.glob(pattern)))
    for candidate in candidates:
        if candidate and works(candidate):
            return candidate
    sys.exit(
        "multiscale needs CPython 3.12 or 3.13; this is Python %d.%d and no newer one was found.\n"
        "Looked for python3.12 and python3.13 on the PATH and in pyenv. Install one, e.g.\n"
        "    apt install python3.12 python3.12-venv    or    pyenv install 3.12\n"
        "and run the same command again. Nothing was changed." % sys.version_info[:2]
    )


def works(python):
    """Whether this interpreter starts and is of a version we support."""
    test = "import sys; sys.exit('%d.%d' % sys.version_info[:2] not in " + repr(VERSIONS) + ")"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        return subprocess.call([python, "-c", test], **quiet) == 0
    except OSError:
        return False


def made_from():
    """Digest of all that the environment is made from."""
    total = hashlib.sha256(HERE.encode())
    kernels = sorted(glob.glob(os.path.join(HERE, "kernels", "*.py")))
    for source in ["uv.lock", "pyproject.toml", "CMakeLists.txt"] + kernels:
        with open(os.path.join(HERE, source), "rb") as file:
            total.update(file.read())
    # The editable install knows the package's files by name: a new one needs a new install.
    for folder, _, names in sorted(os.walk(os.path.join(HERE, "multiscale"))):
        modules = sorted(name for name in names if name.endswith(".py"))
        total.update(("%s:%s" % (os.path.relpath(folder, HERE), modules)).encode())
    return total.hexdigest()


def inside(name):
    return os.path.join(VENV, "bin", name)


def step(command, **options):
    say(" ".join(os.path.basename(part) for part in command[:4]))
    status = subprocess.call(command, cwd=HERE, **options)
    if status:
        sys.exit("setting up stopped: '%s' ended with %d; see above" % (" ".join(command), status))


def say(text):
    sys.stderr.write("develop.py: %s\n" % text)
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
