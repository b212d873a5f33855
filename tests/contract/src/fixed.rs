//! A server on loopback that gives one answer to every request: in place of services of AWS that the
//! local stack doesn't have, and of a DynamoDB that refuses.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

/// The address of a server on a free port, which answers until the test ends.
pub fn answering(status: u16, content_type: &str, body: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let answer = format!(
        "HTTP/1.1 {status} Fixed\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    );
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            thread::spawn(move || served(stream, &answer));
        }
    });
    address
}

/// The address of one that refuses as DynamoDB and Secrets Manager do.
pub fn refusing(code: &str) -> String {
    let body = format!(r#"{{"__type":"com.amazon.coral.service#{code}","Message":"no"}}"#);
    answering(400, "application/x-amz-json-1.0", &body)
}

/// Answers once the request is there as a whole.
fn served(mut stream: TcpStream, answer: &str) {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    while !is_whole(&request) {
        match stream.read(&mut chunk) {
            Ok(length @ 1..) => request.extend_from_slice(&chunk[..length]),
            Ok(0) | Err(_) => return,
        }
    }
    // A client that has gone needs no answer.
    let _ = stream.write_all(answer.as_bytes());
}

fn is_whole(request: &[u8]) -> bool {
    let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.and_then(|text| text.trim().parse().ok()).unwrap_or_default();
    request.len() >= end + 4 + length
}
