"""The completion scripts of the shells.

Each asks vsm for the candidates and lets nothing of an answer be evaluated. Bash inserts what it
is given as it stands, so vsm quotes for it; zsh and fish quote by themselves.
"""

from __future__ import annotations

# readline replaces `$2`, the part of the word after an opening quote or a word break; vsm is told
# both the line and that part, and answers with what is to stand in its place. Files are no
# exception: bash's own completion leaves `)` and `$` in their names as they are.
BASH = r"""# vsm completion for bash
_vsm_completion() {
    local answer line kind=
    COMPREPLY=()
    answer=$(env _VSM_COMPLETE=bash _VSM_LINE="${COMP_LINE:0:COMP_POINT}" _VSM_WORD="$2" \
        "$1" 2>/dev/null </dev/null) || return 0
    while IFS= read -r line; do
        if [[ -z $kind ]]; then
            kind=$line
        elif [[ -n $line ]]; then
            COMPREPLY+=("$line")
        fi
    done <<< "$answer"
    [[ $kind == nospace ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -o nosort -F _vsm_completion vsm 2>/dev/null || complete -F _vsm_completion vsm
"""

# compadd matches and quotes candidates; nothing else may be made of them, such as the
# `value:description` of _describe. Texts to show are given apart, by -d.
ZSH = r"""#compdef vsm
# vsm completion for zsh
_vsm() {
    local current=$words[CURRENT] kind
    local -a answer values texts
    (( $+commands[vsm] )) || return 1
    [[ -n $SUFFIX ]] && current=$QIPREFIX$PREFIX
    answer=("${(@0)$(_VSM_COMPLETE=zsh _VSM_LINE="${(j: :)words[1,CURRENT-1]} $current" \
        command vsm 2>/dev/null </dev/null)}")
    kind=$answer[1]
    shift answer
    case $kind in
        file) compset -P '--[^=]#='; _files; return ;;
        dir) compset -P '--[^=]#='; _files -/; return ;;
    esac
    while (( $#answer > 1 )); do
        values+=("$answer[1]")
        texts+=("$answer[2]")
        shift 2 answer
    done
    (( $#values )) || return 1
    if [[ $kind == described ]]; then
        compadd -l -V vsm -M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]}' -d texts -a -- values
    else
        compadd -V vsm -M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]}' -d texts -a -- values
    fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _vsm "$@"
else
    compdef _vsm vsm
fi
"""

# Candidates are separated by NUL, so no character of a name can end one. Files are left to fish
# (--force-files), which asks for them under a condition: both share one answer of vsm.
FISH = r"""# vsm completion for fish
function __vsm_ask
    set -l line (commandline -cp | string collect)
    if set -q __vsm_line; and test "$__vsm_line" = "$line"
        set -e __vsm_line
    else
        set -g __vsm_line $line
        set -g __vsm_answer (env _VSM_COMPLETE=fish "_VSM_LINE=$line" vsm 2>/dev/null </dev/null \
            | string split0)
    end
end
function __vsm_wants_file
    __vsm_ask
    contains -- "$__vsm_answer[1]" file dir
end
function __vsm_complete
    __vsm_ask
    set -q __vsm_answer[2]; and printf '%s\0' $__vsm_answer[2..-1] | string split0
end
complete --command vsm --no-files --keep-order --arguments '(__vsm_complete)'
complete --command vsm --condition __vsm_wants_file --force-files
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}
