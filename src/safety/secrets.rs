//! Which files hold keys, tokens and passwords.

use crate::safety::places::{home, within};
use crate::safety::target::{Base, Path, Place};

/// Files in a home that hold keys, tokens, passwords, or the sessions of a browser; a folder stands for all in it.
pub const KEYS: &[&str] = &[
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".netrc",
    "_netrc",
    ".kube",
    ".docker/config.json",
    ".git-credentials",
    ".npmrc",
    ".pypirc",
    ".pgpass",
    ".my.cnf",
    ".mylogin.cnf",
    ".vault-token",
    ".password-store",
    ".config/gh",
    ".config/hub",
    ".config/gcloud",
    ".config/git/credentials",
    ".config/op",
    ".config/rclone",
    ".config/doctl",
    ".config/hcloud",
    ".config/sops",
    ".config/age",
    ".config/containers/auth.json",
    ".local/share/keyrings",
    ".keychain",
    ".terraform.d/credentials.tfrc.json",
    ".terraformrc",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".gem/credentials",
    ".m2/settings.xml",
    ".gradle/gradle.properties",
    ".boto",
    ".s3cfg",
    ".oci",
    ".msmtprc",
    ".mozilla",
    ".thunderbird",
    ".config/google-chrome",
    ".config/chromium",
    ".config/BraveSoftware",
    ".bitcoin",
    ".ethereum",
    ".electrum",
    ".config/solana",
    ".authinfo",
    ".authinfo.gpg",
    ".fly",
    ".config/filezilla",
    ".composer/auth.json",
    ".databrickscfg",
    ".snowsql",
    ".chef",
    ".vagrant.d/insecure_private_key",
    ".wine-keys",
    ".lastpass",
    ".rclone.conf",
    ".huggingface/token",
    ".cache/huggingface/token",
    "Library/Keychains",
    "Library/Cookies",
    "Library/Application Support/Google/Chrome",
    "Library/Application Support/Firefox",
    ".env",
    ".envrc",
    ".bash_history",
    ".zsh_history",
    ".config/Signal",
    ".zhistory",
    ".local/share/fish/fish_history",
    ".mysql_history",
    ".psql_history",
    ".python_history",
];

/// Returns true for the names that keys have when nobody gives them another, so that one is likely there.
pub fn is_default_key(name: &str) -> bool {
    matches!(name, "id_rsa" | "id_ed25519" | "id_ecdsa" | "id_dsa" | "id_ed25519_sk" | "id_ecdsa_sk")
}

/// Returns true for a file that holds secrets wherever it lies.
pub fn is_secret(path: &Path) -> bool {
    let parts = &path.parts;
    let Some(last) = parts.last() else { return false };
    if path.base == Base::Root {
        let fixed = [
            "etc/shadow",
            "etc/gshadow",
            "etc/passwd",
            "etc/sudoers",
            "etc/krb5.keytab",
            "etc/master.passwd",
            "etc/ssl/private",
            "var/run/secrets",
            "run/secrets",
            "etc/kubernetes/admin.conf",
            "etc/openvpn",
            "etc/wireguard",
            "var/lib/docker/swarm",
        ];
        if fixed.iter().any(|path| within(parts, path))
            || (parts[0] == "proc" && last == "environ")
            || (parts[0] == "etc" && parts.len() == 1)
        {
            return true;
        }
        if within(parts, "etc/ssh") && !last.ends_with(".pub") && !last.ends_with("config") && parts.len() > 2 {
            return true;
        }
    }
    if path.base != Base::Root
        && path.base != Base::Home
        && home(parts, false) == Place::HomeKey
        && parts[0] != ".npmrc"
    {
        return true;
    }
    let open = last.ends_with(".pub")
        || last.ends_with(".example")
        || last.ends_with(".sample")
        || last.ends_with(".template");
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| last.starts_with(prefix));
    let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| last.ends_with(suffix));
    !open
        && (last == ".env"
            || begins(&[".env.", ".env\u{10F000}", "id_rsa", "id_ed25519", "id_ecdsa", "id_dsa"])
            || ends(&[".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ovpn", ".keytab", ".ppk"])
            || matches!(
                last.as_str(),
                "credentials"
                    | "credentials.json"
                    | "secrets.yml"
                    | "secrets.yaml"
                    | "secrets.json"
                    | ".htpasswd"
                    | "wallet.dat"
                    | "logins.json"
                    | "key4.db"
                    | "cookies.sqlite"
                    | "Login Data"
                    | "kubeconfig"
                    | "service-account.json"
                    | "master.key"
                    | "private_key"
                    | "shadow"
            ))
}
