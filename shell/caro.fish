# caro in fish: Ctrl-G turns the words on the line into a command, in place; `caro …` can put one on the next prompt.
# Made by `caro init fish`. Nothing here runs a command that caro suggests.

function __caro_widget
    set -l ended $__caro_status
    set -l line (commandline -b | string collect)
    if not string match -qr '\S' -- "$line"
        if test "$ended" = 0; or test -z "$__caro_last"
            return
        end
    end
    if not command -q caro
        printf '\r\e[J%s\r\n' 'caro: command not found; the line was left as it was' >/dev/tty
        commandline -f repaint
        return
    end
    # Pressed again on its own answer, the key asks for another one to the same words.
    set -l words $line
    set -l seen ''
    if test -n "$__caro_result"; and test "$line" = "$__caro_result"
        set words $__caro_words
        set seen $__caro_seen
    end
    set -lx CARO_LINE $words
    set -lx CARO_SHOWN $line
    set -lx CARO_LEFT (commandline -c | string collect)
    set -lx CARO_SEEN $seen
    set -lx CARO_STATUS $ended
    set -lx CARO_LAST $__caro_last
    set -l out (command caro widget --shell fish 2>/dev/null | string collect)
    set -l rc $pipestatus[1]
    set -l note ''
    if string match -q '*'\x1f'*' -- "$out"
        set note (string split -m 1 \x1f -- $out)[-1]
        set out (string replace -r '(?s)\x1f.*' '' -- $out | string collect)
    end
    if test "$rc" = 0; and test -n "$out"
        if string match -qr '\S' -- "$words"; and test -z "$seen"
            __caro_remember (string replace -a \n ' ' -- "# $words" | string collect)
        end
        set -g __caro_words $words
        set -g __caro_result $out
        set -g __caro_seen $seen\x1e$out
        commandline -r -- $out
        if test -n "$note"
            printf '\r\e[J%s\r\n' $note >/dev/tty
        end
    else if test "$rc" != 0
        test -n "$out"; or set out "caro failed (exit $rc); the line was left as it was"
        printf '\r\e[J%s\r\n' $out >/dev/tty
    end
    commandline -f repaint
end

# The words stay in the history as a comment, which does nothing when it is run.
function __caro_remember
    # Before 4.0, `history append` is a search for that word.
    if test (string split . -- $version)[1] -ge 4
        builtin history append -- $argv
        return
    end
    set -l file (set -q XDG_DATA_HOME; and echo $XDG_DATA_HOME; or echo $HOME/.local/share)/fish/fish_history
    test -e $file; or command install -m 600 /dev/null $file 2>/dev/null
    if test -w $file
        set -l text (string replace -a '\\' '\\\\' -- $argv | string collect)
        begin
            echo "- cmd: $text"
            echo "  when: "(date +%s)
        end >>$file
        builtin history merge
    end
end

# The last command and how it ended, for a fix.
function __caro_after --on-event fish_postexec
    set -g __caro_status $status
    set -g __caro_last $argv[1]
end

set -g __caro_status 0
set -g __caro_last ''
set -g __caro_words ''
set -g __caro_result ''
set -g __caro_seen ''

if status is-interactive
    if test -n "$__CARO_KEY"
        bind $__CARO_KEY __caro_widget
        bind -M insert $__CARO_KEY __caro_widget
    end
    if test -n "$__CARO_WRAP"
        function caro --description 'Turns words into a command'
            set -l file (command mktemp (set -q TMPDIR; and echo $TMPDIR; or echo /tmp)/caro.XXXXXX 2>/dev/null)
            or begin
                command caro $argv
                return
            end
            CARO_PREFILL=$file command caro $argv
            set -l rc $status
            if test -s $file
                commandline -r -- (string collect <$file)
                commandline -f repaint
            end
            command rm -f -- $file
            return $rc
        end
    end
end
set -e __CARO_KEY
set -e __CARO_WRAP
