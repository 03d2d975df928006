# shellcheck shell=bash
# caro in bash: Ctrl-G turns the words on the line into a command, in place; `caro …` can put one on the next prompt.
# Made by `caro init bash`. Nothing here runs a command that caro suggests.

__caro_widget() {
    local __caro_ended=${__caro_status:-0}
    local words=${READLINE_LINE-} seen='' out='' rc=0 prompt='' tty='' note=''
    if [[ $words != *[![:space:]]* ]]; then
        [[ $__caro_ended != 0 && -n ${__caro_last-} ]] || return 0
    fi
    if ! type -P caro >/dev/null; then
        printf '\r\n%s\n' 'caro: command not found; the line was left as it was' >/dev/tty
        return 0
    fi
    # Pressed again on its own answer, the key asks for another one to the same words.
    if [[ -n ${__caro_result-} && $words == "$__caro_result" ]]; then
        words=$__caro_words seen=$__caro_seen
    fi
    # The shell took the prompt away; its last line is drawn again.
    if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)); then
        prompt=${PS1@P}
        prompt=${prompt//[$'\001\002']/}
        prompt=${prompt##*$'\n'}
    fi
    tty=$(stty -g </dev/tty 2>/dev/null)
    out=$(CARO_LINE=$words CARO_SHOWN=${READLINE_LINE-} CARO_PROMPT=$prompt CARO_SEEN=$seen CARO_STATUS=$__caro_ended \
        CARO_LAST=${__caro_last-} command caro widget --shell bash 2>/dev/null) || rc=$?
    [[ $out == *$'\x1f'* ]] && note=${out#*$'\x1f'}
    out=${out%%$'\x1f'*}
    if ((rc == 0)) && [[ -n $out ]]; then
        if [[ $words == *[![:space:]]* && -z $seen ]]; then
            history -s -- "# ${words//$'\n'/ }"
        fi
        __caro_words=$words __caro_result=$out __caro_seen=$seen$'\x1e'$out
        READLINE_LINE=$out READLINE_POINT=${#out}
        [[ -n $note ]] && printf '\r\n%s\n' "$note" >/dev/tty
    elif ((rc != 0)); then
        # A caro that was killed left the terminal in its own modes.
        [[ -n $tty ]] && stty "$tty" </dev/tty 2>/dev/null
        printf '\r\n%s\n' "${out:-caro failed (exit $rc); the line was left as it was}" >/dev/tty
    fi
    return 0
}

# The last command and how it ended, for a fix.
__caro_prompt() {
    local __caro_ended=$? __caro_entry
    __caro_status=$__caro_ended
    __caro_entry=$(HISTTIMEFORMAT='' builtin history 1 2>/dev/null)
    __caro_entry=${__caro_entry#"${__caro_entry%%[![:space:]]*}"}
    __caro_last=${__caro_entry#*[[:space:]]}
    __caro_last=${__caro_last#"${__caro_last%%[![:space:]]*}"}
    return "$__caro_ended"
}

# Only where lines are edited, and by a readline that has them in a variable; elsewhere all this is silent.
if [[ $- == *i* ]] && { [[ -n ${BLE_VERSION-} ]] || ((BASH_VERSINFO[0] >= 4)); } && { shopt -oq emacs || shopt -oq vi; }; then
    case ";${PROMPT_COMMAND[*]-};" in
        *__caro_prompt*) ;;
        # PROMPT_COMMAND may be an array; its first element is what a string is.
        *) PROMPT_COMMAND="__caro_prompt${PROMPT_COMMAND:+; $PROMPT_COMMAND}" ;;
    esac
    if [[ -n ${__CARO_KEY-} ]]; then
        for __caro_map in emacs-standard vi-insert vi-command; do
            bind -m "$__caro_map" -x "\"$__CARO_KEY\": __caro_widget"
        done
        unset __caro_map
    fi
    if [[ -n ${__CARO_WRAP-} ]]; then
        __caro_put() {
            READLINE_LINE=$__caro_next READLINE_POINT=${#__caro_next}
        }
        caro() {
            local file rc=0
            file=$(command mktemp "${TMPDIR:-/tmp}/caro.XXXXXX" 2>/dev/null) || {
                command caro "$@"
                return
            }
            CARO_PREFILL=$file command caro "$@" || rc=$?
            if [[ -s $file ]]; then
                __caro_next=$(<"$file")
                if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 403)); then
                    # The terminal's answer to this question is the key that puts it on the line.
                    bind -x '"\e[0n": __caro_put'
                    printf '\e[5n' >/dev/tty
                else
                    history -s -- "$__caro_next"
                fi
            fi
            command rm -f -- "$file"
            return "$rc"
        }
    fi
fi
unset __CARO_KEY __CARO_WRAP
