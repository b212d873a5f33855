//! Who calls: the access key id in a signature of version 4.

use axum::http::request::Parts;
use axum::http::{Uri, header};

/// The access key id; `None` if the request isn't signed.
pub(crate) fn access_key(parts: &Parts) -> Option<String> {
    let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let credential = match header {
        Some(header) => header.split_once("Credential=").map(|(_, rest)| rest.to_owned()),
        None => presigned(&parts.uri),
    };
    let key = credential?.split(['/', ',']).next()?.trim().to_owned();
    (!key.is_empty()).then_some(key)
}

/// The credential in the query of a presigned URL.
fn presigned(uri: &Uri) -> Option<String> {
    let mut pairs = form_urlencoded::parse(uri.query()?.as_bytes());
    pairs.find(|(name, _)| name == "X-Amz-Credential").map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn key(uri: &str, authorization: Option<&str>) -> Option<String> {
        let mut request = Request::get(uri);
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        access_key(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn a_key_comes_from_the_signature_or_from_a_presigned_url() {
        let header = "AWS4-HMAC-SHA256 Credential=PortalMeFunction/20260101/us-east-1/dynamodb/aws4_request, \
                      SignedHeaders=host, Signature=0";
        assert_eq!(key("/", Some(header)).as_deref(), Some("PortalMeFunction"));
        let url = "/?X-Amz-Credential=postern%2F20260101%2Fus-east-1%2Fsns%2Faws4_request";
        assert_eq!(key(url, None).as_deref(), Some("postern"));
        for unsigned in [None, Some("Basic YTpi"), Some("AWS4-HMAC-SHA256 Credential=/a")] {
            assert_eq!(key("/", unsigned), None, "{unsigned:?}");
        }
    }
}
