//! A GitHub that remembers: comments, check runs and pull requests of one repository, over plain HTTP on this machine. It
//! counts what it is asked for, and fails when told to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

pub(crate) const TOKEN: &str = "ghs_0123456789abcdefTHETOKEN";
const BASE: &str = "/repos/acme/copybook";
const BOT: (&str, &str) = ("github-actions[bot]", "Bot");

/// What happens to a request in place of an answer, or to the answer.
#[derive(Clone)]
pub(crate) enum Fault {
    Status(u16, Vec<(&'static str, String)>, Value),
    Slow(Duration),
    /// The connection ends before the request is looked at.
    DropBefore,
    /// It is done, and nobody hears of it.
    DropAfter,
    /// The connection ends, and it is done so much later.
    DoneLater(Duration),
}

#[derive(Clone)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) body: String,
    author: (String, &'static str),
}

#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
}

#[derive(Clone, Default)]
pub(crate) struct State {
    pub(crate) comments: Vec<Comment>,
    pub(crate) checks: Vec<Value>,
    pub(crate) pulls: Vec<Value>,
    pub(crate) issues: Vec<Value>,
    pub(crate) requests: Vec<Request>,
    /// The user of the token; `None` for the token of a workflow.
    pub(crate) user: Option<String>,
    faults: Vec<(&'static str, &'static str, Fault)>,
    last_id: u64,
}

pub(crate) struct Fake {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

impl Fake {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        Self { url, state }
    }

    /// What it remembers now, as a copy: two looks in one line would wait for each other.
    pub(crate) fn state(&self) -> State {
        self.state.lock().unwrap().clone()
    }

    /// Something happens at GitHub.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap())
    }

    /// The next request of a method whose path ends like that fails so; called again, the one after.
    pub(crate) fn fail(&self, method: &'static str, path_end: &'static str, fault: Fault) {
        self.change(|state| state.faults.push((method, path_end, fault)));
    }

    /// Somebody comments.
    pub(crate) fn comment(&self, body: &str, login: &str, kind: &'static str) -> u64 {
        self.change(|state| state.comment(body, (login.to_owned(), kind)))
    }

    /// Methods and paths without their queries, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        let short = |request: &Request| {
            let path = request.path.split('?').next().unwrap_or_default();
            format!("{} {}", request.method, path.strip_prefix(BASE).unwrap_or(path))
        };
        self.state().requests.iter().map(short).collect()
    }
}

impl State {
    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    fn comment(&mut self, body: &str, author: (String, &'static str)) -> u64 {
        let id = self.next_id();
        self.comments.push(Comment { id, body: body.to_owned(), author });
        id
    }

    fn answer(&mut self, method: &str, path: &str, body: &Value) -> Answer {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let query: BTreeMap<&str, &str> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let Some(path) = path.strip_prefix("/api/v3").unwrap_or(path).strip_prefix(BASE) else {
            return match (path, &self.user) {
                ("/user", Some(login)) => ok(json!({ "login": login, "type": "User" })),
                ("/user", None) => denied(),
                _ => not_found(),
            };
        };
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (method, parts.as_slice()) {
            ("GET", ["issues", "5", "comments"]) => self.comments_page(&query),
            ("POST", ["issues", "5", "comments"]) => {
                let Some(text) = body["body"].as_str() else { return invalid("body") };
                let author = self.user.clone().map_or((BOT.0.to_owned(), BOT.1), |user| (user, "User"));
                let id = self.comment(text, author);
                created(json!({ "id": id, "html_url": format!("https://github.example/c/{id}"), "body": text }))
            }
            ("PATCH", ["issues", "comments", id]) => {
                let own = self.user.clone().unwrap_or_else(|| BOT.0.to_owned());
                match self.comments.iter_mut().find(|comment| Ok(comment.id) == id.parse()) {
                    None => not_found(),
                    // Who may write may change what any user wrote, and what another app wrote stays.
                    Some(comment) if comment.author.1 == "Bot" && comment.author.0 != own => denied(),
                    Some(comment) => {
                        comment.body = body["body"].as_str().unwrap_or_default().to_owned();
                        ok(json!({ "id": comment.id, "html_url": "https://github.example/c" }))
                    }
                }
            }
            ("GET", ["commits", commit, "check-runs"]) => {
                let name = query["check_name"].replace("%20", " ");
                let of = |run: &&Value| run["head_sha"] == **commit && run["name"] == name.as_str();
                let runs: Vec<_> = self.checks.iter().filter(of).cloned().collect();
                ok(json!({ "total_count": runs.len(), "check_runs": runs }))
            }
            ("POST", ["check-runs"]) => {
                let mut run = body.clone();
                run["id"] = self.next_id().into();
                self.checks.push(run.clone());
                created(run)
            }
            ("GET", ["check-runs", id]) => {
                let found = self.checks.iter().find(|run| run["id"].as_u64() == id.parse().ok());
                found.map_or_else(not_found, |run| ok(run.clone()))
            }
            ("PATCH", ["check-runs", id]) => {
                match self.checks.iter_mut().find(|run| run["id"].as_u64() == id.parse().ok()) {
                    None => not_found(),
                    Some(run) => {
                        for (key, value) in body.as_object().unwrap() {
                            run[key] = value.clone();
                        }
                        ok(run.clone())
                    }
                }
            }
            ("GET", ["issues"]) => {
                let open = |issue: &&Value| issue["state"] == "open" && query["labels"] == "performance%2Cregression";
                ok(self.issues.iter().filter(open).cloned().collect())
            }
            ("POST", ["issues"]) => {
                let mut issue = body.clone();
                issue["number"] = self.next_id().into();
                issue["html_url"] = format!("https://github.example/i/{}", issue["number"]).into();
                issue["state"] = "open".into();
                issue["user"] = json!({ "login": BOT.0, "type": BOT.1 });
                self.issues.push(issue.clone());
                created(issue)
            }
            ("PATCH", ["issues", number]) => {
                match self.issues.iter_mut().find(|issue| issue["number"].as_u64() == number.parse().ok()) {
                    None => not_found(),
                    Some(issue) => {
                        for (key, value) in body.as_object().unwrap() {
                            issue[key] = value.clone();
                        }
                        ok(issue.clone())
                    }
                }
            }
            ("POST", ["issues", _, "comments"]) => {
                let text = body["body"].as_str().unwrap_or_default();
                let id = self.comment(text, (BOT.0.to_owned(), BOT.1));
                created(json!({ "id": id, "html_url": "https://github.example/c", "body": text }))
            }
            ("GET", ["pulls"]) => {
                let of = |pull: &&Value| query["head"] == pull["head"]["label"] && pull["state"] == query["state"];
                ok(self.pulls.iter().filter(of).cloned().collect())
            }
            _ => not_found(),
        }
    }

    fn comments_page(&self, query: &BTreeMap<&str, &str>) -> Answer {
        let (page, size): (usize, usize) = (query["page"].parse().unwrap(), query["per_page"].parse().unwrap());
        let shown = self.comments.iter().skip((page - 1) * size).take(size);
        let shown = shown.map(|comment| {
            json!({ "id": comment.id, "html_url": format!("https://github.example/c/{}", comment.id),
                "body": comment.body, "user": { "login": comment.author.0, "type": comment.author.1 } })
        });
        let mut answer = ok(shown.collect());
        if self.comments.len() > page * size {
            answer.headers.push(("link", format!("<https://elsewhere.example/?page={}>; rel=\"next\"", page + 1)));
        }
        answer
    }
}

struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Value,
}

fn ok(body: Value) -> Answer {
    Answer { status: 200, headers: Vec::new(), body }
}

fn created(body: Value) -> Answer {
    Answer { status: 201, ..ok(body) }
}

fn not_found() -> Answer {
    Answer { status: 404, ..ok(json!({ "message": "Not Found" })) }
}

fn denied() -> Answer {
    Answer { status: 403, ..ok(json!({ "message": "Resource not accessible by integration" })) }
}

fn invalid(field: &str) -> Answer {
    Answer { status: 422, ..ok(json!({ "message": "Validation Failed", "errors": [{ "field": field }] })) }
}

/// Serves one connection until it ends.
fn serve(stream: TcpStream, shared: &Mutex<State>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    while let Some((method, path, headers, body)) = read(&mut reader) {
        let mut state = shared.lock().unwrap();
        state.requests.push(Request { method: method.clone(), path: path.clone() });
        let bare = path.split('?').next().unwrap_or_default();
        let at = state.faults.iter().position(|(of, end, _)| *of == method && bare.ends_with(end));
        let fault = at.map(|at| state.faults.remove(at).2);
        let mut answer = match &fault {
            Some(Fault::DropBefore) => return,
            Some(Fault::DoneLater(time)) => {
                drop(state);
                drop(stream.shutdown(std::net::Shutdown::Both));
                std::thread::sleep(*time);
                drop(shared.lock().unwrap().answer(&method, &path, &body));
                return;
            }
            Some(Fault::Status(status, headers, body)) => {
                Answer { status: *status, headers: headers.clone(), body: body.clone() }
            }
            Some(Fault::Slow(_) | Fault::DropAfter) | None => {
                match headers.get("authorization").is_some_and(|shown| *shown == format!("Bearer {TOKEN}")) {
                    true => state.answer(&method, &path, &body),
                    false => Answer { status: 401, ..ok(json!({ "message": "Bad credentials" })) },
                }
            }
        };
        drop(state);
        match fault {
            Some(Fault::DropAfter) => return,
            Some(Fault::Slow(time)) => std::thread::sleep(time),
            Some(Fault::Status(..) | Fault::DropBefore | Fault::DoneLater(_)) | None => {}
        }
        let body = answer.body.to_string();
        answer.headers.push(("content-length", body.len().to_string()));
        let headers: String = answer.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let text = format!("HTTP/1.1 {} X\r\ncontent-type: application/json\r\n{headers}\r\n{body}", answer.status);
        if stream.write_all(text.as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<(String, String, BTreeMap<String, String>, Value)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim().split_once(": ") {
            Some((name, value)) => drop(headers.insert(name.to_lowercase(), value.to_owned())),
            None => break,
        }
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((method, path, headers, serde_json::from_slice(&body).unwrap_or(Value::Null)))
}
