//! A port in front of the stack's AWS that alters some of its answers: what a broken deployment looks
//! like to an operator's tool.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use crate::environment::variable;

/// What an altered AWS does with a call.
#[derive(Clone, Copy, Debug)]
pub enum Effect {
    /// Answers this JSON.
    Answers(&'static str),
    /// Answers with one text for another in its answer.
    Replaces(&'static str, &'static str),
    /// Refuses with this code, in the protocol of the call.
    Refuses(&'static str),
    /// Says nothing.
    Silent,
    /// Has another hour than the caller, and refuses what is signed for the caller's.
    HourOff,
}

/// The calls of an action that have a text in them, and what happens to these.
#[derive(Clone, Copy, Debug)]
pub struct Alteration {
    /// E.g. `GetSecretValue`; empty for every action.
    pub action: &'static str,
    /// A part of the request.
    pub about: &'static str,
    /// What happens.
    pub effect: Effect,
}

/// The services that it stands in front of, by the suffixes of their variables.
const SERVICES: [&str; 10] = [
    "CLOUDFORMATION",
    "CLOUDWATCH",
    "CLOUDWATCH_LOGS",
    "DYNAMODB",
    "LAMBDA",
    "SECRETS_MANAGER",
    "SES",
    "SNS",
    "SQS",
    "STS",
];

/// The variables with which a tool calls an AWS with these alterations.
pub fn variables(alterations: &'static [Alteration]) -> Vec<(String, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let own = format!("http://{}", listener.local_addr().expect("an address"));
    let [database, console] = ["AWS_ENDPOINT_URL_DYNAMODB", "POSTERN_CONSOLE"].map(variable);
    let upstream = Arc::new(Upstream { database, console });
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let upstream = Arc::clone(&upstream);
            thread::spawn(move || serve(stream, &upstream, alterations));
        }
    });
    let named = SERVICES.map(|service| format!("AWS_ENDPOINT_URL_{service}"));
    let replaced = named.map(|name| {
        let url = variable(&name);
        let path = url.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap_or_default();
        (name, format!("{own}{path}"))
    });
    replaced.into()
}

struct Upstream {
    database: String,
    console: String,
}

/// A message of HTTP: its head, without the blank line, and its body.
struct Message {
    head: String,
    body: String,
}

impl Message {
    /// Reads one; a body without a length ends with the connection.
    fn read(stream: &mut TcpStream) -> Option<Self> {
        let (mut bytes, mut chunk) = (Vec::new(), [0; 16 * 1024]);
        loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
                let length = header(&head, "content-length").and_then(|text| text.parse().ok());
                let length: usize = length.unwrap_or_default();
                if bytes.len() >= end + 4 + length {
                    let body = String::from_utf8_lossy(&bytes[end + 4..]).into_owned();
                    return Some(Self { head, body });
                }
            }
            match stream.read(&mut chunk) {
                Ok(length @ 1..) => bytes.extend_from_slice(&chunk[..length]),
                Ok(0) | Err(_) => return None,
            }
        }
    }

    fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    /// The action of a call, in each protocol of AWS.
    fn action(&self) -> String {
        let of_path = [
            ("/configuration", "GetFunctionConfiguration"),
            ("/event-source-mappings/", "GetEventSourceMapping"),
            ("/email/account", "GetAccount"),
        ];
        let target = header(&self.head, "x-amz-target");
        let target = target.and_then(|target| target.rsplit('.').next().map(str::to_owned));
        let form = || {
            let field = self.body.split('&').find_map(|field| field.strip_prefix("Action="));
            field.map(str::to_owned)
        };
        let path = || {
            let found = of_path.iter().find(|(part, _)| self.path().contains(part));
            found.map(|(_, action)| (*action).to_owned())
        };
        target.or_else(form).or_else(path).unwrap_or_default()
    }

    fn is_form(&self) -> bool {
        self.body.starts_with("Action=")
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    let mut found = lines.filter(|(own, _)| own.eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| value.trim().to_owned())
}

fn serve(mut stream: TcpStream, upstream: &Upstream, alterations: &[Alteration]) {
    let Some(request) = Message::read(&mut stream) else { return };
    let action = request.action();
    let is_about = |it: &&Alteration| {
        (it.action.is_empty() || it.action == action)
            && (request.body.contains(it.about) || request.path().contains(it.about))
    };
    let effect = alterations.iter().find(is_about).map(|it| it.effect);
    let answer = match effect {
        Some(Effect::Silent) => {
            // Until the caller has gone.
            let _ = stream.read(&mut [0]);
            return;
        }
        Some(Effect::Answers(body)) => answer(200, "application/json", None, body),
        Some(Effect::Refuses(code)) => refusal(&request, code, None),
        Some(Effect::Replaces(from, to)) => passed(&request, upstream).map_or_else(
            || refusal(&request, "InternalFailure", None),
            |found| {
                let is_there = found.body.contains(from);
                let body = found.body.replace(from, to);
                if is_there { again(&found, &body) } else { refusal(&request, "NotReplaced", None) }
            },
        ),
        Some(Effect::HourOff) => hour_off(&request, upstream),
        None => match passed(&request, upstream) {
            Some(found) => again(&found, &found.body),
            None => return,
        },
    };
    // A client that has gone needs no answer.
    let _ = stream.write_all(answer.as_bytes());
}

/// The stack's answer.
fn passed(request: &Message, upstream: &Upstream) -> Option<Message> {
    let target = if request.path() == "/" { &upstream.database } else { &upstream.console };
    let host = target.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host).ok()?;
    let head: Vec<_> = request
        .head
        .lines()
        .filter(|line| !line.to_lowercase().starts_with("connection:"))
        .collect();
    let text = format!("{}\r\nconnection: close\r\n\r\n{}", head.join("\r\n"), request.body);
    stream.write_all(text.as_bytes()).ok()?;
    Message::read(&mut stream)
}

/// The stack's answer with another body.
fn again(found: &Message, body: &str) -> String {
    let status = found.head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let kind = header(&found.head, "content-type").unwrap_or_default();
    answer(status.unwrap_or(500), &kind, header(&found.head, "date").as_deref(), body)
}

fn answer(status: u16, kind: &str, date: Option<&str>, body: &str) -> String {
    let date = date.map(|date| format!("date: {date}\r\n")).unwrap_or_default();
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Altered\r\ncontent-type: {kind}\r\n{date}content-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    )
}

fn refusal(request: &Message, code: &str, date: Option<&str>) -> String {
    if request.is_form() {
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error>\
             <RequestId>0</RequestId></ErrorResponse>"
        );
        return answer(403, "text/xml", date, &body);
    }
    let body = format!(r#"{{"__type":"com.amazon.coral.service#{code}","message":"no"}}"#);
    answer(400, "application/x-amz-json-1.0", date, &body)
}

/// As of an AWS whose clock, or ours, is an hour off. AWS takes five minutes.
fn hour_off(request: &Message, upstream: &Upstream) -> String {
    let found = passed(request, upstream).expect("the stack answers");
    let date = header(&found.head, "date").expect("hyper sets it");
    // Thu, 26 Nov 2026 19:35:10 GMT
    let (day, rest) = date.split_at(17);
    let (hour, rest) = rest.split_at(2);
    let hour: i64 = hour.parse().expect("an hour");
    let hour = if hour == 23 { 22 } else { hour + 1 };
    let date = format!("{day}{hour:02}{rest}");
    // 20261126T193510Z
    let signed = header(&request.head, "x-amz-date").expect("a signed call");
    let number = |text: &str| text.parse::<i64>().expect("a number");
    let signed = number(&signed[9..11]) * 60 + number(&signed[11..13]);
    let now = hour * 60 + number(&rest[1..3]);
    if (signed - now).abs() <= 5 {
        let status = if found.head.contains(" 200 ") { 200 } else { 400 };
        let kind = header(&found.head, "content-type").unwrap_or_default();
        return answer(status, &kind, Some(&date), &found.body);
    }
    let code =
        if request.is_form() { "SignatureDoesNotMatch" } else { "InvalidSignatureException" };
    refusal(request, code, Some(&date))
}
