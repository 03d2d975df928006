//! Amazon's cloud: buckets, machines, databases, keys and rights.

use super::cloud::{holds_data, is_deleting};
use super::data::{DROP, REMOVE};
use super::{Utility, does, effects};
use crate::safety::Level;
use crate::safety::call::Call;
use crate::safety::value::{ANY, Flow, Taint};
use crate::safety::walk::Walker;

const AWS: &str = "--profile --region --output --query --endpoint-url --filters --instance-ids --bucket --key --acl \
    --policy-arn --user-name --group-id --cidr --protocol --port --exclude --include --db-instance-identifier \
    --table-name --stack-name --function-name --role-name --policy-name --policy-document --key-id \
    --pending-window-in-days --cli-input-json --storage-class --cluster --service --name --names --ip-permissions \
    --db-cluster-identifier --volume-id --snapshot-id --image-id --secret-id --repository-name --image-ids \
    --cluster-name --log-group-name --queue-url --topic-arn --hosted-zone-id --change-batch --desired-capacity \
    --auto-scaling-group-name --public-access-block-configuration --policy --group-name --access-key-id \
    --identifier --file-system-id --vault-name --distribution-id --domain-name --account-id --resource-id \
    --attribute --groups --max-items --page-size --with-decryption? --document-name --parameters --targets --comment";

pub const UTILITIES: &[Utility] = &[does("aws aws2 awslocal", AWS, aws)];

fn aws(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let args = &call.args;
    let (service, verb) = (args.operand(0).unwrap_or(""), args.operand(1).unwrap_or(""));
    let help = args.operands.last().is_some_and(|word| word.text == "help");
    if help || args.has(&["--dryrun", "--dry-run"]) {
        return Flow::local();
    }
    let span = call.span;
    let named: Vec<String> = args.operands.iter().skip(2).take(3).map(|value| value.shown()).collect();
    let named = named.join(" ");
    let every = call.words().iter().any(|word| {
        word.taint.has(Taint::LOCAL) && (word.text.contains(ANY) || word.text.contains(crate::safety::value::UNKNOWN))
    });
    match (service, verb) {
        ("s3", "rm") => {
            let (rule, level) =
                if args.has(&["--recursive"]) { (&DROP, Level::Danger) } else { (&REMOVE, Level::Caution) };
            walker.note(rule, level, span, format!("deletes {named}"));
        }
        ("s3", "rb") => {
            let (rule, level) = if args.has(&["--force"]) { (&DROP, Level::Danger) } else { (&REMOVE, Level::Caution) };
            walker.note(rule, level, span, format!("deletes the bucket {named}"));
        }
        ("s3", "sync") if args.has(&["--delete"]) => {
            let to_bucket = args.operand(3).is_some_and(|to| to.starts_with("s3://"));
            let empty = args.operands.get(2).is_some_and(|from| walker.is_empty(from));
            let (rule, level) = if to_bucket && empty { (&DROP, Level::Danger) } else { (&REMOVE, Level::Caution) };
            walker.note(rule, level, span, "deletes what is not in the source");
        }
        ("s3", "cp" | "mv" | "sync") => {
            let (from, to) = (args.operands.get(2), args.operands.get(3));
            if let (Some(from), Some(to)) = (from, to) {
                if to.text.starts_with("s3://") && !from.text.starts_with("s3://") {
                    let flow =
                        if from.text == "-" { walker.stdin.clone().unwrap_or_default() } else { walker.content(from) };
                    walker.send(&flow, from.span, &to.shown());
                    let public = args.values(&["--acl"]).iter().any(|acl| acl.text.starts_with("public"));
                    if public {
                        walker.note(
                            &effects::SEND_CONFIGURATION,
                            Level::Caution,
                            span,
                            "puts files where everybody can read them",
                        );
                    }
                } else if to.text == "-" {
                    return Flow::of(Taint::NETWORK);
                } else {
                    let name = from.text.rsplit('/').next().unwrap_or("");
                    let landing = if to.text.ends_with('/') || to.text == "." {
                        to.with_text(format!("{}/{name}", to.text.trim_end_matches('/')))
                    } else {
                        (*to).clone()
                    };
                    walker.write(&landing, crate::safety::judge::Write::Place, &Flow::of(Taint::NETWORK));
                    walker.remember(&landing, Flow::of(Taint::NETWORK), false);
                }
            }
        }
        ("secretsmanager", "get-secret-value")
        | ("ssm", "get-parameter" | "get-parameters" | "get-parameters-by-path")
        | ("ecr", "get-login-password")
        | ("sts", _)
        | ("iam", "create-access-key") => {
            if (service, verb) == ("iam", "create-access-key") {
                walker.note(&effects::GRANT, Level::Caution, span, "makes a new key for an account");
            }
            return Flow::of(Taint::SECRET);
        }
        ("ec2", "terminate-instances") if every => {
            walker.note(&DROP, Level::Danger, span, "destroys every machine a list names")
        }
        ("ec2", "terminate-instances" | "stop-instances" | "reboot-instances") => {
            walker.note(&REMOVE, Level::Caution, span, "stops or destroys machines")
        }
        (
            "iam",
            "attach-user-policy"
            | "attach-role-policy"
            | "attach-group-policy"
            | "put-user-policy"
            | "put-role-policy"
            | "add-user-to-group"
            | "create-login-profile"
            | "update-assume-role-policy",
        ) => {
            let all = call.words().iter().any(|word| {
                word.text.contains("AdministratorAccess")
                    || word.text.contains("FullAccess")
                    || word.text.contains("\"*\"")
            });
            walker.note(
                &effects::GRANT,
                if all { Level::Danger } else { Level::Caution },
                span,
                "gives an account rights",
            );
        }
        (_, "authorize-security-group-ingress") => {
            let open = call.words().iter().any(|word| word.text.contains("0.0.0.0/0") || word.text.contains("::/0"));
            walker.note(
                &effects::OPEN_ACCESS,
                if open { Level::Danger } else { Level::Caution },
                span,
                "opens a port to other machines",
            );
        }
        ("s3api", "put-bucket-acl" | "put-object-acl" | "put-bucket-policy" | "delete-public-access-block") => {
            let public = verb.contains("delete")
                || call.words().iter().any(|word| {
                    word.text.starts_with("public") || word.text.contains("\"*\"") || word.text.contains("AllUsers")
                });
            walker.note(
                &effects::OPEN_ACCESS,
                if public { Level::Danger } else { Level::Caution },
                span,
                "lets others read or write a bucket",
            );
        }
        ("kms", "schedule-key-deletion" | "disable-key") => {
            walker.note(&DROP, Level::Danger, span, "takes a key away, and with it all it encrypts")
        }
        (
            "cloudtrail" | "guardduty" | "securityhub" | "config",
            "delete-trail"
            | "stop-logging"
            | "delete-detector"
            | "disable-security-hub"
            | "delete-configuration-recorder"
            | "stop-configuration-recorder",
        ) => {
            walker.note(&super::services::GUARD, Level::Danger, span, "takes the record of what happens away");
        }
        (
            _,
            "delete-item" | "delete-message" | "delete-record" | "delete-tags" | "untag-resource" | "delete-alarms"
            | "delete-parameter" | "delete-rule",
        )
        | ("s3api", "delete-object")
        | ("lambda", "delete-function")
        | ("ec2", "delete-snapshot" | "delete-tags" | "delete-key-pair" | "delete-security-group" | "delete-volume")
        | ("logs" | "sqs" | "sns" | "cloudwatch" | "events" | "ecr" | "ecs" | "elbv2" | "apigateway", _)
            if is_deleting(verb) =>
        {
            walker.note(&REMOVE, Level::Caution, span, format!("deletes: {verb}"));
        }
        (_, verb) if is_deleting(verb) => {
            let (rule, level) = if holds_data(verb) || holds_data(service) {
                (&DROP, Level::Danger)
            } else {
                (&REMOVE, Level::Caution)
            };
            walker.note(rule, level, span, format!("deletes for good: {service} {verb}"));
        }
        (_, verb)
            if [
                "update-",
                "modify-",
                "put-",
                "stop-",
                "reboot-",
                "set-",
                "detach-",
                "disable-",
                "revoke-",
                "restore-",
                "rotate-",
                "cancel-",
                "send-command",
                "run-",
            ]
            .iter()
            .any(|start| verb.starts_with(start)) =>
        {
            if verb == "run-instances" || verb == "run-task" || verb == "put-metric-data" || verb == "put-object" {
                return Flow::local();
            }
            walker.note(&REMOVE, Level::Caution, span, format!("changes what runs in the cloud: {service} {verb}"));
        }
        (_, verb) if verb.starts_with("describe-") || verb.starts_with("list-") || verb == "ls" => {
            let narrow = args.has(&["--filters", "--instance-ids", "--filter"]);
            if args.has(&["--query"]) {
                return Flow {
                    text: Some(format!("{}\n", if narrow { crate::safety::value::NAME } else { ANY })),
                    taint: Taint::LOCAL,
                };
            }
        }
        _ => {}
    }
    Flow::local()
}
