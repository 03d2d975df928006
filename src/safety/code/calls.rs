//! What the calls of other languages do, by their names.

use super::Language;

/// Names of calls that list files.
pub(super) const LISTING: &[&str] = &[
    "glob",
    "iglob",
    "listdir",
    "scandir",
    "walk",
    "readdirSync",
    "rglob",
    "iterdir",
    "children",
    "each_child",
    "scandir",
];

pub(super) fn does_of(name: &str, language: Language) -> Option<Does> {
    let last = name.rsplit(['.', ':']).next().unwrap_or(name);
    let last = last.rsplit("->").next().unwrap_or(last);
    let scripted = matches!(language, Language::Perl | Language::Ruby | Language::Php);
    Some(match last {
        "system"
        | "popen"
        | "popen2"
        | "popen3"
        | "getoutput"
        | "getstatusoutput"
        | "shell_exec"
        | "passthru"
        | "proc_open"
        | "execSync"
        | "execFile"
        | "execFileSync"
        | "spawnSync"
        | "spawn"
        | "capture2"
        | "capture2e"
        | "capture3"
        | "check_output"
        | "check_call"
        | "Popen"
        | "execvp"
        | "execv"
        | "execl"
        | "execlp"
        | "execve"
        | "execvpe"
        | "spawnl"
        | "spawnv"
        | "spawnlp"
        | "spawnvp"
        | "posix_spawn"
        | "pcntl_exec"
        | "startfile"
        | "shellout"
        | "create_subprocess_shell"
        | "create_subprocess_exec"
        | "doShellScript" => Does::Runs,
        "call" | "run"
            if name.contains("subprocess")
                || name == "sp.run"
                || name == "sp.call"
                || name == "s.call"
                || name == "s.run" =>
        {
            Does::Runs
        }
        "sh" | "execa" | "$" if language == Language::Node => Does::Runs,
        "execute" if language == Language::Lua => Does::Runs,
        "exec" if language == Language::Python => Does::Evals,
        "exec" if name == "exec" && language == Language::Node => Does::Runs,
        "exec"
            if language == Language::Node
                && (name.contains("child_process") || name.starts_with("cp.") || name.starts_with(".")) =>
        {
            Does::Runs
        }
        "exec" if scripted || language == Language::Other => Does::Runs,
        "eval" | "Function" | "instance_eval" | "class_eval" | "loadstring" | "load" | "dofile"
        | "runInThisContext" | "create_function" | "execfile" | "runpy" | "vm.runInNewContext"
            if last != "load" || matches!(language, Language::Lua | Language::Ruby) =>
        {
            Does::Evals
        }
        "rmtree"
        | "remove_tree"
        | "rm_rf"
        | "rm_r"
        | "remove_dir"
        | "remove_entry"
        | "remove_entry_secure"
        | "rmSync"
        | "rimraf"
        | "rimrafSync"
        | "removeSync"
        | "rmdirSync"
        | "emptyDirSync"
        | "rm_f"
        | "deltree"
        | "removedirs"
        | "delTree" => Does::DeletesTree,
        "rm" if language == Language::Other => Does::DeletesTree,
        "cmd" if language == Language::Other => Does::Runs,
        "rm" if name.contains("fs") || name.contains("FileUtils") || name.starts_with('.') => Does::DeletesTree,
        "rmdir" | "rmDir" if language == Language::Node => Does::DeletesTree,
        "remove" if name.contains("Deno") => Does::DeletesTree,
        "remove" if name.contains("os") || name.contains("fs") || name.contains("File") || name.contains("file") => {
            Does::Deletes
        }
        "unlink" | "unlinkSync" | "rmdir" => Does::Deletes,
        "delete" if name.contains("File") || name.contains("Dir") => Does::Deletes,
        "rm" if language == Language::Ruby => Does::Deletes,
        "writeFileSync" | "writeFile" | "appendFileSync" | "file_put_contents" | "write_text" | "write_bytes"
        | "truncate" | "truncateSync" | "createWriteStream" | "binwrite" | "fopen" | "open" | "openSync"
        | "copyfile" | "copyFileSync" | "ftruncate" | "sysopen" => Does::Writes,
        "write" if name.contains("File") || name.contains("IO.write") => Does::Writes,
        "chmod" | "chown" | "chmodSync" | "chownSync" | "lchown" | "chmod_R" | "chown_R" => Does::Rights,
        "rename" | "renames" | "renameSync" | "move" | "mv"
            if name.contains(['.', ':']) || language == Language::Perl =>
        {
            Does::Moves
        }
        _ => return None,
    })
}

/// Names that fetch something from elsewhere.
pub(super) const NETWORK: &[&str] = &[
    "urlopen",
    "urlretrieve",
    "requests",
    "urllib",
    "urllib2",
    "httpx",
    "aiohttp",
    "LWP",
    "Simple",
    "getstore",
    "HTTP",
    "fetch",
    "https",
    "http",
    "axios",
    "URI",
    "OpenURI",
    "Net",
    "curl_exec",
    "curl_init",
    "socket",
    "recv",
    "TCPSocket",
    "fsockopen",
    "IO::Socket",
    "WebClient",
    "wget",
    "mirror",
    "xmlrpc",
    "ftplib",
    "paramiko",
    "net",
    "tcp",
    "Socket",
];

pub(super) const DECODERS: &[&str] = &[
    "b64decode",
    "b32decode",
    "a85decode",
    "decodebytes",
    "decode_base64",
    "decode64",
    "base64_decode",
    "atob",
    "unhexlify",
    "fromhex",
    "decompress",
    "gzinflate",
    "gzuncompress",
    "str_rot13",
    "rot13",
    "pack",
    "unpack",
    "strict_decode64",
    "urlsafe_decode64",
    "codecs.decode",
    "marshal.loads",
    "inflateSync",
    "gunzipSync",
    "pickle.loads",
    "convert_uudecode",
    "fromCharCode",
    "chr",
    "hex2bin",
];

/// What a call does with its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Does {
    Runs,
    Evals,
    DeletesTree,
    Deletes,
    Writes,
    Rights,
    Moves,
}
