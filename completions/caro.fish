# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_caro_global_optspecs
    string join \n print y/yes json n/alternatives= backend= base-url= model= model-size= safety= context= shell= color= plain offline config= q/quiet v/verbose h/help V/version
end

function __fish_caro_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_caro_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_caro_using_subcommand
    set -l cmd (__fish_caro_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c caro -n "__fish_caro_needs_command" -s n -l alternatives -d 'Find up to N other commands too' -r
complete -c caro -n "__fish_caro_needs_command" -l backend -d 'Who answers: a model in this process, or a server that speaks the OpenAI protocol [default: auto] [env: CARO_BACKEND, INFERENCE_BACKEND]' -r -f -a "auto\t''
embedded\t''
openai\t''"
complete -c caro -n "__fish_caro_needs_command" -l base-url -d 'Address of that server, with or without `/v1`; its key comes from CARO_API_KEY [env: CARO_BASE_URL]' -r
complete -c caro -n "__fish_caro_needs_command" -l model -d 'A GGUF file with a chat template; with a server, the name of one of its models [env: CARO_MODEL]' -r
complete -c caro -n "__fish_caro_needs_command" -l model-size -d '`nano` is the model inside caro; `auto` is the one named by `model.path`, else nano [default: auto] [env: CARO_MODEL_SIZE]' -r -f -a "auto\t''
nano\t''"
complete -c caro -n "__fish_caro_needs_command" -l safety -d 'How much a command of each level needs before it runs; `caro check --help` tells the levels [default: moderate] [env: CARO_SAFETY]' -r -f -a "strict\t''
moderate\t''
permissive\t''"
complete -c caro -n "__fish_caro_needs_command" -l context -d 'What the model is told: shell, system and folder; shell and system; the shell alone [default: full] [env: CARO_CONTEXT]' -r -f -a "full\t''
minimal\t''
none\t''"
complete -c caro -n "__fish_caro_needs_command" -l shell -d 'The shell that commands are written for and run by; `auto` is $SHELL [default: auto] [env: CARO_SHELL]' -r -f -a "auto\t''
bash\t''
zsh\t''
fish\t''"
complete -c caro -n "__fish_caro_needs_command" -l color -d 'Colours; `auto` looks at NO_COLOR, CLICOLOR_FORCE, TERM and whether it is a terminal [default: auto] [env: CARO_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c caro -n "__fish_caro_needs_command" -l config -d 'Config file to use [default: ~/.config/caro/config.toml] [env: CARO_CONFIG]' -r -F
complete -c caro -n "__fish_caro_needs_command" -l print -d 'Print the command and never run it'
complete -c caro -n "__fish_caro_needs_command" -s y -l yes -d 'Run without asking what the safety policy lets Enter run'
complete -c caro -n "__fish_caro_needs_command" -l json -d 'Print one JSON object about the command'
complete -c caro -n "__fish_caro_needs_command" -l plain -d 'Whole sentences and typed words: no cursor moves, no single keys, no colours [env: CARO_PLAIN]'
complete -c caro -n "__fish_caro_needs_command" -l offline -d 'Open no connection to any other machine [env: CARO_OFFLINE, HF_HUB_OFFLINE]'
complete -c caro -n "__fish_caro_needs_command" -s q -l quiet -d 'Say nothing but errors'
complete -c caro -n "__fish_caro_needs_command" -s v -l verbose -d 'Say who answered and how long it took; -vv shows the log (also CARO_LOG)'
complete -c caro -n "__fish_caro_needs_command" -s h -l help -d 'Print help'
complete -c caro -n "__fish_caro_needs_command" -s V -l version -d 'Print version'
complete -c caro -n "__fish_caro_needs_command" -a "repl" -d 'Opens a session: the model stays loaded, requests follow each other'
complete -c caro -n "__fish_caro_needs_command" -a "init" -d 'Prints the shell integration: Ctrl-G turns the words on the line into a command'
complete -c caro -n "__fish_caro_needs_command" -a "widget" -d 'Rewrites the line a shell is editing; the shell integration calls it'
complete -c caro -n "__fish_caro_needs_command" -a "explain" -d 'Explains a command part by part, from its own syntax and this machine\'s manual pages; nothing is run'
complete -c caro -n "__fish_caro_needs_command" -a "check" -d 'Say how dangerous a command is, without running it'
complete -c caro -n "__fish_caro_needs_command" -a "config" -d 'Show and change settings'
complete -c caro -n "__fish_caro_needs_command" -a "completions" -d 'Print completions for a shell'
complete -c caro -n "__fish_caro_needs_command" -a "man" -d 'Print the manual page (`caro man | man -l -`)'
complete -c caro -n "__fish_caro_needs_command" -a "licenses" -d 'Show the licences of caro, of its model and of what the model learnt from'
complete -c caro -n "__fish_caro_using_subcommand repl" -l backend -d 'Who answers: a model in this process, or a server that speaks the OpenAI protocol [default: auto] [env: CARO_BACKEND, INFERENCE_BACKEND]' -r -f -a "auto\t''
embedded\t''
openai\t''"
complete -c caro -n "__fish_caro_using_subcommand repl" -l base-url -d 'Address of that server, with or without `/v1`; its key comes from CARO_API_KEY [env: CARO_BASE_URL]' -r
complete -c caro -n "__fish_caro_using_subcommand repl" -l model -d 'A GGUF file with a chat template; with a server, the name of one of its models [env: CARO_MODEL]' -r
complete -c caro -n "__fish_caro_using_subcommand repl" -l model-size -d '`nano` is the model inside caro; `auto` is the one named by `model.path`, else nano [default: auto] [env: CARO_MODEL_SIZE]' -r -f -a "auto\t''
nano\t''"
complete -c caro -n "__fish_caro_using_subcommand repl" -l safety -d 'How much a command of each level needs before it runs; `caro check --help` tells the levels [default: moderate] [env: CARO_SAFETY]' -r -f -a "strict\t''
moderate\t''
permissive\t''"
complete -c caro -n "__fish_caro_using_subcommand repl" -l context -d 'What the model is told: shell, system and folder; shell and system; the shell alone [default: full] [env: CARO_CONTEXT]' -r -f -a "full\t''
minimal\t''
none\t''"
complete -c caro -n "__fish_caro_using_subcommand repl" -l shell -d 'The shell that commands are written for and run by; `auto` is $SHELL [default: auto] [env: CARO_SHELL]' -r -f -a "auto\t''
bash\t''
zsh\t''
fish\t''"
complete -c caro -n "__fish_caro_using_subcommand repl" -l color -d 'Colours; `auto` looks at NO_COLOR, CLICOLOR_FORCE, TERM and whether it is a terminal [default: auto] [env: CARO_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c caro -n "__fish_caro_using_subcommand repl" -l config -d 'Config file to use [default: ~/.config/caro/config.toml] [env: CARO_CONFIG]' -r -F
complete -c caro -n "__fish_caro_using_subcommand repl" -l plain -d 'Whole sentences and typed words: no cursor moves, no single keys, no colours [env: CARO_PLAIN]'
complete -c caro -n "__fish_caro_using_subcommand repl" -l offline -d 'Open no connection to any other machine [env: CARO_OFFLINE, HF_HUB_OFFLINE]'
complete -c caro -n "__fish_caro_using_subcommand repl" -s q -l quiet -d 'Say nothing but errors'
complete -c caro -n "__fish_caro_using_subcommand repl" -s v -l verbose -d 'Say who answered and how long it took; -vv shows the log (also CARO_LOG)'
complete -c caro -n "__fish_caro_using_subcommand repl" -s h -l help -d 'Print help'
complete -c caro -n "__fish_caro_using_subcommand init" -l key -d 'The key, as the shell\'s own `bind` spells it [default: Ctrl-G] [env: CARO_KEY]' -r
complete -c caro -n "__fish_caro_using_subcommand init" -l config -d 'Config file to use [default: ~/.config/caro/config.toml] [env: CARO_CONFIG]' -r -F
complete -c caro -n "__fish_caro_using_subcommand init" -l no-key -d 'Bind no key; the widget is there to be bound'
complete -c caro -n "__fish_caro_using_subcommand init" -l no-wrap -d 'Leave `caro` the plain program: no command on the next prompt'
complete -c caro -n "__fish_caro_using_subcommand init" -s q -l quiet -d 'Say nothing but errors'
complete -c caro -n "__fish_caro_using_subcommand init" -s v -l verbose -d 'Say who answered and how long it took; -vv shows the log (also CARO_LOG)'
complete -c caro -n "__fish_caro_using_subcommand init" -s h -l help -d 'Print help'
complete -c caro -n "__fish_caro_using_subcommand widget" -l shell -d 'The shell that calls' -r -f -a "bash\t''
zsh\t''
fish\t''"
complete -c caro -n "__fish_caro_using_subcommand widget" -l config -d 'Config file to use [default: ~/.config/caro/config.toml] [env: CARO_CONFIG]' -r -F
complete -c caro -n "__fish_caro_using_subcommand widget" -s q -l quiet -d 'Say nothing but errors'
complete -c caro -n "__fish_caro_using_subcommand widget" -s v -l verbose -d 'Say who answered and how long it took; -vv shows the log (also CARO_LOG)'
complete -c caro -n "__fish_caro_using_subcommand widget" -s h -l help -d 'Print help'
complete -c caro -n "__fish_caro_using_subcommand explain" -l config -d 'Config file to use [default: ~/.config/caro/config.toml] [env: CARO_CONFIG]' -r -F
complete -c caro -n "__fish_caro_using_subcommand explain" -l json -d 'Print one JSON object: the parts, and the judge\'s report'
complete -c caro -n "__fish_caro_using_subcommand explain" -s q -l quiet -d 'Say nothing but errors'
complete -c caro -n "__fish_caro_using_subcommand explain" -s v -l verbose -d 'Say who answered and how long it took; -vv shows the log (also CARO_LOG)'
complete -c caro -n "__fish_caro_using_subcommand explain" -s h -l help -d 'Print help'
complete -c caro -n "__fish_caro_using_subcommand check" -l script -d 'Judge a whole script; findings have line numbers' -r -F
complete -c caro -n "__fish_caro_using_subcommand check" -l shell -d 'Whose language it is [default: yours]' -r -f -a "bash\t''
zsh\t''
fish\t''"
complete -c caro -n "__fish_caro_using_subcommand check" -l fail-on -d 'End with 3 from this level on' -r -f -a "caution\t''
danger\t''
critical\t''"
complete -c caro -n "__fish_caro_using_subcommand check" -l config -d 'Config file to use [default: ~/.config/caro/config.toml] [env: CARO_CONFIG]' -r -F
complete -c caro -n "__fish_caro_using_subcommand check" -l stdin -d 'Judge standard input, one command a line'
complete -c caro -n "__fish_caro_using_subcommand check" -s 0 -l null -d 'Commands on standard input end with NUL, so they may hold newlines'
complete -c caro -n "__fish_caro_using_subcommand check" -l explain -d 'Also show the commands as they were judged, unwrapped and expanded'
complete -c caro -n "__fish_caro_using_subcommand check" -l json -d 'Print one JSON object for each command'
complete -c caro -n "__fish_caro_using_subcommand check" -s q -l quiet -d 'Say nothing but errors'
complete -c caro -n "__fish_caro_using_subcommand check" -s v -l verbose -d 'Say who answered and how long it took; -vv shows the log (also CARO_LOG)'
complete -c caro -n "__fish_caro_using_subcommand check" -s h -l help -d 'Print help'
complete -c caro -n "__fish_caro_using_subcommand config; and not __fish_seen_subcommand_from path list get set unset" -l config -d 'Config file to use [default: ~/.config/caro/config.toml] [env: CARO_CONFIG]' -r -F
complete -c caro -n "__fish_caro_using_subcommand config; and not __fish_seen_subcommand_from path list get set unset" -s q -l quiet -d 'Say nothing but errors'
complete -c caro -n "__fish_caro_using_subcommand config; and not __fish_seen_subcommand_from path list get set unset" -s v -l verbose -d 'Say who answered and how long it took; -vv shows the log (also CARO_LOG)'
complete -c caro -n "__fish_caro_using_subcommand config; and not __fish_seen_subcommand_from path list get set unset" -s h -l help -d 'Print help'
complete -c caro -n "__fish_caro_using_subcommand config; and not __fish_seen_subcommand_from path list get set unset" -f -a "path" -d 'Print where the config file lies'
complete -c caro -n "__fish_caro_using_subcommand config; and not __fish_seen_subcommand_from path list get set unset" -f -a "list" -d 'Show every setting, its value and where that came from'
complete -c caro -n "__fish_caro_using_subcommand config; and not __fish_seen_subcommand_from path list get set unset" -f -a "get" -d 'Print the value of a setting'
complete -c caro -n "__fish_caro_using_subcommand config; and not __fish_seen_subcommand_from path list get set unset" -f -a "set" -d 'Set a setting in the config file'
complete -c caro -n "__fish_caro_using_subcommand config; and not __fish_seen_subcommand_from path list get set unset" -f -a "unset" -d 'Remove a setting from the config file'
complete -c caro -n "__fish_caro_using_subcommand config; and __fish_seen_subcommand_from path" -l config -d 'Config file to use [default: ~/.config/caro/config.toml] [env: CARO_CONFIG]' -r -F
complete -c caro -n "__fish_caro_using_subcommand config; and __fish_seen_subcommand_from path" -s q -l quiet -d 'Say nothing but errors'
complete -c caro -n "__fish_caro_using_subcommand config; and __fish_seen_subcommand_from path" -s v -l verbose -d 'Say who answered and how long it took; -vv shows the log (also CARO_LOG)'
complete -c caro -n "__fish_caro_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help'
complete -c caro -n "__fish_caro_using_subcommand config; and __fish_seen_subcommand_from list" -l config -d 'Config file to use [default: ~/.config/caro/config.toml] [env: CARO_CONFIG]' -r -F
complete -c caro -n "__fish_caro_using_subcommand config; and __fish_seen_subcommand_from list" -l json -d 'Print JSON'
complete -c caro -n "__fish_caro_using_subcommand config; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing but errors'
complete -c caro -n "__fish_caro_using_subcommand config; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say who answered and how long it took; -vv shows the log (also CARO_LOG)'
complete -c caro -n "__fish_caro_using_subcommand config; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c caro -n "__fish_caro_using_subcommand config; and __fish_seen_subcommand_from get" -l config -d 'Config file to use [default: ~/.config/caro/config.toml] [env: CARO_CONFIG]' -r -F
complete -c caro -n "__fish_caro_using_subcommand config; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Say nothing but errors'
complete -c caro -n "__fish_caro_using_subcommand config; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Say who answered and how long it took; -vv shows the log (also CARO_LOG)'
complete -c caro -n "__fish_caro_using_subcommand config; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help'
complete -c caro -n "__fish_caro_using_subcommand config; and __fish_seen_subcommand_from set" -l config -d 'Config file to use [default: ~/.config/caro/config.toml] [env: CARO_CONFIG]' -r -F
complete -c caro -n "__fish_caro_using_subcommand config; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Say nothing but errors'
complete -c caro -n "__fish_caro_using_subcommand config; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Say who answered and how long it took; -vv shows the log (also CARO_LOG)'
complete -c caro -n "__fish_caro_using_subcommand config; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c caro -n "__fish_caro_using_subcommand config; and __fish_seen_subcommand_from unset" -l config -d 'Config file to use [default: ~/.config/caro/config.toml] [env: CARO_CONFIG]' -r -F
complete -c caro -n "__fish_caro_using_subcommand config; and __fish_seen_subcommand_from unset" -s q -l quiet -d 'Say nothing but errors'
complete -c caro -n "__fish_caro_using_subcommand config; and __fish_seen_subcommand_from unset" -s v -l verbose -d 'Say who answered and how long it took; -vv shows the log (also CARO_LOG)'
complete -c caro -n "__fish_caro_using_subcommand config; and __fish_seen_subcommand_from unset" -s h -l help -d 'Print help'
complete -c caro -n "__fish_caro_using_subcommand completions" -l config -d 'Config file to use [default: ~/.config/caro/config.toml] [env: CARO_CONFIG]' -r -F
complete -c caro -n "__fish_caro_using_subcommand completions" -s q -l quiet -d 'Say nothing but errors'
complete -c caro -n "__fish_caro_using_subcommand completions" -s v -l verbose -d 'Say who answered and how long it took; -vv shows the log (also CARO_LOG)'
complete -c caro -n "__fish_caro_using_subcommand completions" -s h -l help -d 'Print help'
complete -c caro -n "__fish_caro_using_subcommand man" -l out -d 'Write caro.1 and one page for each command into this folder' -r -F
complete -c caro -n "__fish_caro_using_subcommand man" -l config -d 'Config file to use [default: ~/.config/caro/config.toml] [env: CARO_CONFIG]' -r -F
complete -c caro -n "__fish_caro_using_subcommand man" -s q -l quiet -d 'Say nothing but errors'
complete -c caro -n "__fish_caro_using_subcommand man" -s v -l verbose -d 'Say who answered and how long it took; -vv shows the log (also CARO_LOG)'
complete -c caro -n "__fish_caro_using_subcommand man" -s h -l help -d 'Print help'
complete -c caro -n "__fish_caro_using_subcommand licenses" -l config -d 'Config file to use [default: ~/.config/caro/config.toml] [env: CARO_CONFIG]' -r -F
complete -c caro -n "__fish_caro_using_subcommand licenses" -s q -l quiet -d 'Say nothing but errors'
complete -c caro -n "__fish_caro_using_subcommand licenses" -s v -l verbose -d 'Say who answered and how long it took; -vv shows the log (also CARO_LOG)'
complete -c caro -n "__fish_caro_using_subcommand licenses" -s h -l help -d 'Print help'
