# caro in zsh: Ctrl-G turns the words on the line into a command, in place; `caro …` can put one on the next prompt.
# Made by `caro init zsh`. Nothing here runs a command that caro suggests.

caro-widget() {
    emulate -L zsh
    setopt no_monitor no_notify
    [[ $CONTEXT == start ]] || return 0
    local caro_status=$__caro_status caro_last=$__caro_last
    if [[ $BUFFER != *[^[:space:]]* ]]; then
        (( caro_status )) && [[ -n $caro_last ]] || return 0
    fi
    if (( ! $+commands[caro] )); then
        zle -M 'caro: command not found; the line was left as it was'
        return 0
    fi
    # Pressed again on its own answer, the key asks for another one to the same words.
    local words=$BUFFER left=$LBUFFER seen=
    if [[ -n $__caro_result && $BUFFER == "$__caro_result" ]]; then
        words=$__caro_words left=$LBUFFER seen=$__caro_seen
    fi
    local ghost=$POSTDISPLAY out rc=0
    POSTDISPLAY=
    zle .split-undo 2>/dev/null
    zle -R
    out=$(CARO_LINE=$words CARO_SHOWN=$BUFFER CARO_LEFT=$left CARO_SEEN=$seen CARO_STATUS=$caro_status CARO_LAST=$caro_last \
        command caro widget --shell zsh <$TTY 2>/dev/null) || rc=$?
    local note=${out#*$'\x1f'}
    [[ $out == *$'\x1f'* ]] || note=
    out=${out%%$'\x1f'*}
    if (( rc == 0 )) && [[ -n $out ]]; then
        # `#` begins no comment at a zsh prompt; this form does nothing when it is run.
        [[ $words == *[^[:space:]]* && -z $seen ]] && print -rs -- ": ${(qq)words//$'\n'/ }"
        __caro_words=$words __caro_result=$out __caro_seen=$seen$'\x1e'$out
        BUFFER=$out CURSOR=$#out
        zle .reset-prompt
        (( $+functions[_zsh_highlight] )) && _zsh_highlight
        [[ -n $note ]] && zle -M -- "$note"
    else
        POSTDISPLAY=$ghost
        zle .reset-prompt
        (( rc )) && zle -M -- "${out:-caro failed (exit $rc); the line was left as it was}"
    fi
    return 0
}

# The last command and how it ended, for a fix.
__caro_preexec() { __caro_last=$1 }
__caro_precmd() { __caro_status=$? }

typeset -g __caro_words= __caro_result= __caro_seen= __caro_last= __caro_status=0

if [[ -o interactive && -o zle ]]; then
    autoload -Uz add-zsh-hook
    add-zsh-hook preexec __caro_preexec
    # First of all, while `$?` is still that of the command.
    precmd_functions=(__caro_precmd ${precmd_functions:#__caro_precmd})
    zle -N caro-widget
    if [[ -n ${__CARO_KEY-} ]]; then
        for __caro_map in emacs viins vicmd; do
            bindkey -M $__caro_map -- "$__CARO_KEY" caro-widget
        done
        # Searches and menus keep their way out.
        zmodload zsh/complist 2>/dev/null
        for __caro_map in isearch menuselect; do
            bindkey -M $__caro_map -- "$__CARO_KEY" send-break 2>/dev/null
        done
        unset __caro_map
    fi
fi

if [[ -n ${__CARO_WRAP-} ]]; then
    # Written so, it can be read again although the name is an alias by then.
    function caro {
        local file rc=0
        file=$(command mktemp "${TMPDIR:-/tmp}/caro.XXXXXX" 2>/dev/null) || { command caro "$@"; return }
        CARO_PREFILL=$file command caro "$@" || rc=$?
        [[ -s $file ]] && print -rz -- "$(<$file)"
        command rm -f -- $file
        return $rc
    }
    # `caro find *.log?` reaches caro as it was typed.
    alias caro='noglob caro'
fi
unset __CARO_KEY __CARO_WRAP
