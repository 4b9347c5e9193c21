"""``pytest-robust completion``: a script that completes commands, options and files, made from the parser itself."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

Path: TypeAlias = tuple[str, ...]  # commands, one below the other

SHELLS: Final = ("bash", "zsh", "fish")
PROGRAM: Final = "pytest-robust"
SETUP: Final = {
    "bash": "# put into ~/.bashrc:  source <(pytest-robust completion bash)",
    "zsh": "# put into ~/.zshrc, after compinit:  source <(pytest-robust completion zsh)",
    "fish": "# put into ~/.config/fish/config.fish:  pytest-robust completion fish | source",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the shell."""
    parser.add_argument("shell", choices=SHELLS, help="the shell that the script is for")


def run(arguments: argparse.Namespace, words: Callable[[], Any]) -> int:
    """Print the script."""
    from robustcore.cli.main import make_parser

    del words
    known = dict(_options(make_parser(), ()))
    print(SETUP[arguments.shell])
    print({"bash": _bash, "zsh": _zsh, "fish": _fish}[arguments.shell](known))
    return 0


def _options(
    parser: argparse.ArgumentParser, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    """Yield, per chain of commands, what may follow it with its help: options, commands, choices of arguments."""
    found: dict[str, str] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, inner in action.choices.items():
                found[name] = helps.get(name, "")
                yield from _options(inner, (*path, name))
        elif action.option_strings:
            found[max(action.option_strings, key=len)] = action.help or ""
        else:
            found.update({str(choice): "" for choice in action.choices or ()})
    yield path, found


def _bash(known: dict[Path, dict[str, str]]) -> str:
    paths = " ".join(f"[{'.'.join(path)}]" for path in known if path)
    cases = "\n".join(f'    "{".".join(path)}") words="{" ".join(found)}" ;;' for path, found in known.items())
    return f"""_pytest_robust() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" path="" words="" word
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "{paths}" in *"[${{path:+$path.}}$word]"*) path="${{path:+$path.}}$word" ;; esac
  done
  case "$path" in
{cases}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current") $(compgen -f -- "$current"))
}}
complete -o filenames -F _pytest_robust {PROGRAM}"""


def _zsh(known: dict[Path, dict[str, str]]) -> str:
    return f"autoload -Uz bashcompinit && bashcompinit\n{_bash(known)}"


def _fish(known: dict[Path, dict[str, str]]) -> str:
    lines = [f"complete -c {PROGRAM} -e"]
    for path, found in known.items():
        seen = " ; and ".join(f"__fish_seen_subcommand_from {name}" for name in path) or "__fish_use_subcommand"
        for word, about in found.items():
            text = about.replace("\\", "\\\\").replace("'", "\\'")
            what = f"-l {word[2:]}" if word.startswith("--") else f"-a {word}"
            if not word.startswith("-") or word.startswith("--"):
                lines.append(f"complete -c {PROGRAM} -n '{seen}' {what} -d '{text}'")
    return "\n".join(lines)
