//! Requests that no HTTP client would agree to send.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{Answer, Stack, answer};

/// Sends a request line, headers and a body as they are, and reads the answer.
pub async fn ask(
    stack: &Stack,
    request_line: &[u8],
    headers: &[(&str, &[u8])],
    body: &[u8],
) -> Answer {
    let mut request = [request_line, b"\r\n"].concat();
    let length = body.len().to_string();
    let own: [(&str, &[u8]); 3] = [
        ("host", stack.authority().as_bytes()),
        ("connection", b"close"),
        ("content-length", length.as_bytes()),
    ];
    for (name, value) in own.iter().chain(headers) {
        request.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    request.extend_from_slice(b"\r\n");
    request.extend_from_slice(body);
    exchange(stack, &request).await
}

/// Sends bytes as they are, and reads the answer.
pub async fn exchange(stack: &Stack, request: &[u8]) -> Answer {
    sent(stack, request, false).await
}

/// Sends bytes as they are, and says that there will be no more. Reads the answer.
pub async fn cut_off(stack: &Stack, request: &[u8]) -> Answer {
    sent(stack, request, true).await
}

async fn sent(stack: &Stack, request: &[u8], is_cut_off: bool) -> Answer {
    let mut stream = TcpStream::connect(stack.authority()).await.expect("the stack listens");
    stream.write_all(request).await.expect("the stack reads");
    if is_cut_off {
        stream.shutdown().await.expect("the stack reads");
    }
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.expect("the stack answers, then closes");
    parse(&response)
}

fn parse(response: &[u8]) -> Answer {
    let end = response.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&response[..end]);
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
    let headers = lines.filter_map(|line| line.split_once(':'));
    Answer {
        status: status.parse().expect("a status"),
        headers: answer::join(headers.map(|(name, value)| (name, value.trim().as_bytes()))),
        body: response[end + 4..].to_vec(),
    }
}
