//! Databases: statements that drop, empty or change everything.

use super::{Act, Rule, Utility, does, gnu, verb, verb_with};
use crate::safety::Level::{self, Caution, Danger, Safe};
use crate::safety::call::Call;
use crate::safety::value::{Flow, Taint, Value};
use crate::safety::walk::Walker;
use crate::shell::Shell;

pub const RULES: &[&Rule] = &[&DROP, &REMOVE];

pub static DROP: Rule = Rule {
    id: "data-drop",
    summary: "drops data for good: a database, a table, a bucket, all of a kind",
    hint: Some("make a dump or a snapshot first"),
    hits: &[
        (Danger, "psql -c 'DROP TABLE users'"),
        (Danger, "dropdb prod"),
        (Danger, "redis-cli FLUSHALL"),
        (Danger, "mysql -e 'delete from users'"),
        (Danger, "echo 'DROP SCHEMA public CASCADE;' | psql shop"),
        (Danger, "mongosh --eval 'db.dropDatabase()'"),
        (Danger, "aws s3 rb s3://bucket --force"),
        (Danger, "terraform destroy"),
        (Danger, "curl -X DELETE http://localhost:9200/_all"),
    ],
    near: &[
        (Safe, "psql -c 'SELECT * FROM dropped'"),
        (Safe, "mysql -e 'show tables'"),
        (Safe, "redis-cli get flushall"),
        (Caution, "psql -c 'DELETE FROM t WHERE id = 1'"),
        (Safe, "sqlite3 a.db .tables"),
        (Safe, "psql -c \"select 'drop table x'\""),
        (Safe, "terraform plan"),
    ],
};

pub static REMOVE: Rule = Rule {
    id: "data-remove",
    summary: "deletes one thing kept in a database, a container or a cloud",
    hint: Some("look at it first"),
    hits: &[
        (Caution, "psql -c 'DELETE FROM t WHERE id = 1'"),
        (Caution, "redis-cli DEL session:42"),
        (Caution, "docker rm -f web"),
        (Caution, "kubectl delete pod web-0"),
    ],
    near: &[
        (Safe, "kubectl get pods"),
        (Safe, "docker ps"),
        (Safe, "redis-cli GET x"),
        (Safe, "docker run --rm alpine ls"),
    ],
};

const PSQL: &str = "-c -d -f -h -p -U -v -o -F -P -R -T -L --command --dbname --file --host --port --username --set \
    --variable --output";
const MYSQL: &str = "-e -h -u -p? -P -D -S --execute --host --user --password? --port --database --socket \
    --init-command --defaults-file --result-file --pager?";

const SQL_LIKE: &str = "-q -Q -S -U -P -d -e -f -i -o -h -u -p -c -query --query --execute -execute --command -k -C -n \
    --project_id --location";

pub const UTILITIES: &[Utility] = &[
    Utility { names: "psql pgcli cockroach usql", grammar: gnu(PSQL), act: Act::Do(sql), verbs: &[] },
    does("mysql mariadb mycli mysqlsh tidb", MYSQL, sql),
    does("sqlite3 sqlite litecli duckdb sqlcipher", "-cmd -separator -newline -nullvalue -init", sqlite),
    does(
        "sqlcmd isql bcp tsql osql mssql-cli sqlplus db2 snowsql vsql hdbsql beeline hive spark-sql presto trino \
            impala-shell clickhouse-client clickhouse cqlsh bq athena questdb surreal",
        SQL_LIKE,
        sql_like,
    ),
    Utility {
        names: "influx turso dolt",
        grammar: gnu(SQL_LIKE),
        act: Act::Do(sql_like),
        verbs: &[
            verb("bucket|org|db|group delete|destroy|rm", Danger, &DROP, "deletes a database with all that is in it"),
            verb_with("delete", "--predicate", Caution, &REMOVE, "deletes points of a bucket"),
            verb("delete", Danger, &DROP, "deletes every point of a time"),
            verb("table rm", Danger, &DROP, "drops the table {}"),
            verb_with("reset", "--hard", Caution, &REMOVE, "throws away what is not committed"),
            verb("* delete|destroy|rm|remove", Caution, &REMOVE, "deletes {}"),
        ],
    },
    verbs!(
        "dropdb dropuser",
        "-h -p -U --host --port --username",
        &[verb("", Danger, &DROP, "drops the database or the account {}")]
    ),
    verbs!(
        "createdb createuser pg_dump pg_dumpall mysqldump mariadb-dump mongodump pg_isready mongoexport",
        "-h -p -U -d -f -F -t -n -u -e",
        &[]
    ),
    verbs!(
        "pg_restore",
        "-h -p -U -d -f -F -t -n -j",
        &[verb_with("", "-c --clean", Danger, &DROP, "drops what is there before it restores")]
    ),
    verbs!(
        "mysqladmin",
        "-h -u -p? -P",
        &[
            verb("drop", Danger, &DROP, "drops the database {}"),
            verb("shutdown|kill|flush-hosts", Caution, &REMOVE, "stops the server or its work")
        ]
    ),
    verbs!(
        "mongorestore mongoimport",
        "-d -c -h -u -p --db --collection --uri --file",
        &[verb_with("", "--drop", Danger, &DROP, "drops what is there before it restores")]
    ),
    does(
        "mongo mongosh",
        "--eval --host --port -u -p --username --password --authenticationDatabase --db --file -f",
        mongo,
    ),
    does("redis-cli valkey-cli keydb-cli", "-h -p -a -n -u -i -r -s --user --pass --pattern -x? --eval", redis),
    verbs!(
        "pg_ctl pg_ctlcluster pg_resetwal initdb pg_upgrade pg_dropcluster",
        "-D -l -m -o -t",
        &[verb("stop|restart|kill|promote", Caution, &super::services::STOP, "stops or restarts the server")]
    ),
    verbs!(
        "etcdctl consul zkCli.sh zkcli",
        "--endpoints --cert --key --cacert -http-addr",
        &[
            verb_with("del", "--prefix --from-key", Danger, &DROP, "deletes every key that begins so"),
            verb("del|delete|rmr|deleteall", Caution, &REMOVE, "deletes {}"),
            verb_with("kv delete", "-recurse", Danger, &DROP, "deletes every key below {}"),
            verb("kv delete", Caution, &REMOVE, "deletes {}"),
        ]
    ),
    verbs!(
        "rails rake bin/rails sequelize knex typeorm mikro-orm alembic flyway liquibase dbmate goose migrate sqitch \
            diesel sqlx sea-orm prisma drizzle-kit supabase ecto hasura",
        "-e -c -u --url --env --config",
        &[
            verb(
                "db:drop|db:drop:all|db:reset|db:purge|db:schema:load|db:migrate:reset|db:setup|db:truncate_all|db:wipe|schema:drop|dropAll|drop-all|db:drop:_unsafe",
                Danger,
                &DROP,
                "drops the application's database"
            ),
            verb("migrate reset", Danger, &DROP, "drops the application's database"),
            verb_with("db push", "--force-reset --accept-data-loss", Danger, &DROP, "drops data to change the schema"),
            verb("database drop|reset", Danger, &DROP, "drops the application's database"),
            verb("db reset", Danger, &DROP, "drops the application's database"),
            verb("clean", Danger, &DROP, "drops every object of the schema"),
            verb("drop", Danger, &DROP, "drops the database"),
            verb("downgrade base", Danger, &DROP, "undoes every migration"),
            verb(
                "db:rollback|db:migrate:down|downgrade|rollback|down|undo|revert|migrate:down|migrate:rollback|db:migrate:undo|db:migrate:undo:all|redo",
                Caution,
                &REMOVE,
                "undoes a migration"
            ),
        ]
    ),
    verbs!(
        "kafka-topics kafka-topics.sh kafka-consumer-groups rabbitmqctl rabbitmqadmin nats pulsar-admin kcat rpk",
        "--bootstrap-server --topic --zookeeper --group -p -n -u",
        &[
            verb_with("", "--delete", Danger, &DROP, "deletes a topic with all that is in it"),
            verb("reset|force_reset", Danger, &DROP, "deletes every queue"),
            verb("purge_queue|delete_queue|stop_app|delete|purge", Caution, &REMOVE, "deletes {}"),
            verb("topic|stream delete|rm|purge|del", Danger, &DROP, "deletes a topic with all that is in it"),
        ]
    ),
    verbs!(
        "curator elasticdump es2csv mlcp nodetool",
        "",
        &[
            verb("clearsnapshot|decommission|removenode|assassinate", Caution, &REMOVE, "takes data or a node away"),
            verb("delete_indices", Danger, &DROP, "deletes indices")
        ]
    ),
    verbs!(
        "ldapdelete",
        "-x? -D -w -H -y",
        &[
            verb_with("", "-r", Danger, &DROP, "deletes a whole subtree of the directory"),
            verb("", Caution, &REMOVE, "deletes an entry of the directory")
        ]
    ),
];

fn sql(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut texts = call.args.values(&["-c", "--command", "-e", "--execute", "--init-command"]);
    if call.name == "cockroach" {
        texts.extend(call.args.values(&["-e"]));
    }
    statements(walker, call, texts)
}

fn sqlite(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let source = call.args.operands.first().map_or(Taint::NONE, |file| walker.content(file).taint);
    let mut texts = call.args.values(&["-cmd", "-c", "-s"]);
    texts.extend(call.args.operands.iter().skip(1).map(|value| (*value).clone()));
    statements(walker, call, texts).tainted(source)
}

fn sql_like(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut texts = call.args.values(&["-q", "-Q", "-e", "--query", "--execute", "--command", "-c"]);
    // Long options with one dash, and statements as operands.
    let words = call.words();
    for (at, word) in words.iter().enumerate() {
        if matches!(word.text.as_str(), "-execute" | "-query" | "-exec")
            && let Some(text) = words.get(at + 1)
        {
            texts.push(text.clone());
        }
    }
    texts.extend(call.args.operands.iter().filter(|operand| operand.text.contains(' ')).map(|value| (*value).clone()));
    if call.name == "bq" && call.args.operand(0) == Some("rm") {
        let whole = call.args.has(&["-r", "-d"]);
        walker.note(
            &DROP,
            if whole { Level::Danger } else { Level::Caution },
            call.span,
            "deletes a dataset or a table",
        );
    }
    statements(walker, call, texts)
}

/// Judges the statements a client is given, and those on its input.
fn statements(walker: &mut Walker<'_>, call: &Call<'_>, mut texts: Vec<Value>) -> Flow {
    if let Some(Flow { text: Some(text), taint }) = walker.stdin.clone() {
        texts.push(Value { text, taint, span: call.span });
    } else if let Some(flow) = walker.stdin.clone() {
        let (level, reason) = if flow.taint.has(Taint::NETWORK) {
            (Level::Danger, "runs statements from the network")
        } else {
            (Level::Caution, "runs statements nobody has seen")
        };
        walker.note(&REMOVE, level, call.span, reason);
    }
    for file in call.args.values(&["-f", "--file", "-i"]) {
        let content = walker.content(&file);
        match content.text {
            Some(text) => texts.push(file.with_text(text)),
            None if content.taint.has(Taint::NETWORK) => {
                walker.note(&REMOVE, Level::Danger, file.span, "runs statements from the network")
            }
            // The user's own script.
            None => {}
        }
    }
    for text in &texts {
        sql_text(walker, text);
    }
    Flow::local()
}

/// Finds the words of each statement, without what is in quotes or comments.
fn sql_text(walker: &mut Walker<'_>, text: &Value) {
    let plain = without_strings(&text.text);
    for statement in plain.split(';') {
        let statement = statement.trim();
        if let Some(command) = statement
            .strip_prefix("\\!")
            .or_else(|| statement.strip_prefix(".shell "))
            .or_else(|| statement.strip_prefix(".system "))
            .or_else(|| statement.strip_prefix("system "))
        {
            walker.run_text(&text.with_text(command.trim()), Shell::Bash);
            continue;
        }
        let upper = statement.to_ascii_uppercase();
        if upper.contains(" PROGRAM ") && (upper.starts_with("COPY") || upper.starts_with("\\COPY")) {
            // What COPY … PROGRAM runs stands in quotes, in the original.
            let command = text.text.split('\'').nth(1).unwrap_or("");
            walker.run_text(&text.with_text(command), Shell::Bash);
            walker.note(&super::effects::RUN_UNKNOWN, Level::Caution, text.span, "makes the database run a command");
            continue;
        }
        let words: Vec<&str> = upper
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.' || c == '*'))
            .filter(|word| !word.is_empty())
            .collect();
        if let Some((level, reason)) = judge_statement(&words) {
            let rule = if level == Level::Danger { &DROP } else { &REMOVE };
            walker.note(rule, level, text.span, reason);
        }
        let outfile = upper.contains("INTO OUTFILE") || upper.contains("INTO DUMPFILE");
        if outfile {
            walker.note(&super::effects::WRITE, Level::Caution, text.span, "makes the database write a file");
        }
    }
}

fn judge_statement(words: &[&str]) -> Option<(Level, String)> {
    let at = |index: usize| words.get(index).copied().unwrap_or("");
    let wheres = words.iter().position(|word| *word == "WHERE");
    let trivial = wheres.is_some_and(|at| matches!(words.get(at + 1..), Some(["1" | "TRUE"] | ["1", "1"])));
    let bounded = wheres.is_some() && !trivial || words.contains(&"LIMIT");
    let named = |text: &str| text.to_ascii_lowercase();
    match at(0) {
        "DROP" => match at(1) {
            "INDEX" | "VIEW" | "TRIGGER" | "FUNCTION" | "PROCEDURE" | "CONSTRAINT" | "TYPE" | "SEQUENCE" | "POLICY"
            | "RULE" | "EXTENSION" | "CAST" | "AGGREGATE" | "EVENT" | "ALIAS" | "CONTINUOUS" => {
                Some((Level::Caution, format!("drops the {} {}", named(at(1)), named(at(2)))))
            }
            kind => Some((Level::Danger, format!("drops the {} {}", named(kind), named(at(2))))),
        },
        "TRUNCATE" => Some((Level::Danger, format!("empties {}", named(if at(1) == "TABLE" { at(2) } else { at(1) })))),
        "DELETE" if bounded => Some((Level::Caution, format!("deletes rows of {}", named(at(2))))),
        "DELETE" => Some((Level::Danger, format!("deletes every row of {}", named(at(2))))),
        "UPDATE" if bounded => Some((Level::Caution, format!("changes rows of {}", named(at(1))))),
        "UPDATE" if words.contains(&"SET") => Some((Level::Danger, format!("changes every row of {}", named(at(1))))),
        "ALTER" if words.contains(&"DROP") => Some((Level::Caution, "drops a column or a part of a table".to_string())),
        "ALTER" if matches!(at(1), "USER" | "ROLE") && words.contains(&"SUPERUSER") => {
            Some((Level::Danger, "gives an account every right".to_string()))
        }
        "ALTER" => Some((Level::Caution, "changes a table or an account".to_string())),
        "GRANT" if words.contains(&"ALL") && words.iter().any(|word| word.starts_with("*.")) => {
            Some((Level::Danger, "gives an account every right".to_string()))
        }
        "GRANT" | "REVOKE" | "SHUTDOWN" | "RENAME" | "REPLACE" | "MERGE" | "KILL" | "FLUSH" | "RESET" | "VACUUM"
            if at(0) != "VACUUM" || words.contains(&"FULL") =>
        {
            Some((Level::Caution, format!("changes rights or data: {}", named(at(0)))))
        }
        "WITH" if words.contains(&"DELETE") => Some((Level::Caution, "deletes rows".to_string())),
        "BEGIN" | "START" | "USE" | "EXPLAIN" | "SET" if words.len() > 3 => {
            // `BEGIN; …` is cut at the semicolon; `USE x DROP …` on one line is not.
            let next = words.iter().skip(1).position(|word| matches!(*word, "DROP" | "TRUNCATE" | "DELETE"))?;
            if at(0) == "EXPLAIN" { None } else { judge_statement(&words[next + 1..]) }
        }
        _ => None,
    }
}

fn without_strings(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quote: Option<char> = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match quote {
            Some(open) if character == open => quote = None,
            Some(_) => {}
            None if character == '\'' => {
                quote = Some(character);
                out.push('x');
            }
            None if character == '-' && characters.peek() == Some(&'-') => {
                characters.by_ref().take_while(|c| *c != '\n').for_each(drop);
                out.push(' ');
            }
            None if character == '/' && characters.peek() == Some(&'*') => {
                let mut before = ' ';
                for next in characters.by_ref() {
                    if before == '*' && next == '/' {
                        break;
                    }
                    before = next;
                }
                out.push(' ');
            }
            None => out.push(character),
        }
    }
    out
}

fn mongo(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut texts = call.args.values(&["--eval"]);
    if let Some(Flow { text: Some(text), taint }) = walker.stdin.clone() {
        texts.push(Value { text, taint, span: call.span });
    }
    for text in &texts {
        let code = &text.text;
        let empty = |name: &str| {
            code.split(name).nth(1).is_some_and(|rest| {
                matches!(rest.trim_start().chars().next(), Some(')'))
                    || rest.trim_start().starts_with("{})")
                    || rest.trim_start().starts_with("{ })")
                    || rest.trim_start().starts_with("{},")
            })
        };
        if [".drop(", "dropDatabase", "dropAllUsers", "dropIndexes(", ".dropCollection("]
            .iter()
            .any(|part| code.contains(part))
            || ["deleteMany(", "remove("].iter().any(|name| code.contains(name) && empty(name))
        {
            walker.note(&DROP, Level::Danger, text.span, "drops a database or everything in a collection");
        } else if ["delete", "remove(", "drop", "update", "shutdownServer", "replaceOne", "findAndModify", "findOneAnd"]
            .iter()
            .any(|part| code.contains(part))
        {
            walker.note(&REMOVE, Level::Caution, text.span, "deletes or changes documents");
        }
    }
    Flow::local()
}

fn redis(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut lines: Vec<String> =
        vec![call.args.operands.iter().map(|operand| operand.text.as_str()).collect::<Vec<_>>().join(" ")];
    if let Some(Flow { text: Some(text), .. }) = walker.stdin.clone()
        && call.args.operands.is_empty()
    {
        lines.extend(text.lines().map(str::to_string));
    }
    for line in lines {
        let mut words = line.split_whitespace();
        match words.next().unwrap_or("").to_ascii_uppercase().as_str() {
            "FLUSHALL" | "FLUSHDB" => walker.note(&DROP, Level::Danger, call.span, "deletes every key"),
            "DEL" | "UNLINK" | "SHUTDOWN" | "EXPIRE" | "RENAME" | "DEBUG" | "SLAVEOF" | "REPLICAOF" | "RESTORE"
            | "MIGRATE" | "HDEL" | "LTRIM" | "ZREM" | "SREM" | "GETDEL" | "BGREWRITEAOF" | "XTRIM" | "XDEL" => {
                let all = line.contains([crate::safety::value::ANY, '*']);
                let (rule, level) = if all { (&DROP, Level::Danger) } else { (&REMOVE, Level::Caution) };
                walker.note(rule, level, call.span, "deletes or changes keys");
            }
            "CONFIG" if words.next().is_some_and(|word| word.eq_ignore_ascii_case("set")) => {
                let place = words
                    .next()
                    .is_some_and(|word| word.eq_ignore_ascii_case("dir") || word.eq_ignore_ascii_case("dbfilename"));
                walker.note(
                    &REMOVE,
                    if place { Level::Danger } else { Level::Caution },
                    call.span,
                    "changes the server's settings",
                );
            }
            "EVAL" | "SCRIPT" | "MODULE" => walker.note(&REMOVE, Level::Caution, call.span, "runs code in the server"),
            _ => {}
        }
    }
    // The names of keys, by a pattern or all.
    if call.args.has(&["--scan"]) || call.args.operand(0).is_some_and(|word| word.eq_ignore_ascii_case("keys")) {
        return Flow { text: Some(format!("{}\n", crate::safety::value::ANY)), taint: Taint::LOCAL };
    }
    Flow::local()
}
