//! Answers of AWS's Query protocol as JSON, which the other protocols have.
//! <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>

use roxmltree::{Document, Error, Node};
use serde_json::Value;

/// What is in the `{action}Result` or the `Error` of an answer: a list is an array, all else that has no
/// elements a text. Without either, null.
pub(crate) fn result(answer: &str) -> Result<Value, Error> {
    let document = Document::parse(answer)?;
    let is_result = |node: &Node| {
        let name = node.tag_name().name();
        name.ends_with("Result") || name == "Error"
    };
    Ok(document.root_element().children().find(is_result).map_or(Value::Null, value))
}

fn value(node: Node) -> Value {
    let elements: Vec<_> = node.children().filter(Node::is_element).collect();
    let name = |node: &Node| node.tag_name().name().to_owned();
    if elements.is_empty() {
        return node.text().unwrap_or_default().into();
    }
    if elements.iter().all(|element| name(element) == "member") {
        return elements.into_iter().map(value).collect();
    }
    elements.into_iter().map(|element| (name(&element), value(element))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_arrays_and_the_rest_are_objects_and_texts() {
        let answer = "<?xml version=\"1.0\"?><AResponse xmlns=\"http://x/\"> <AResult><Next>a&amp;b</Next>\
                      <Empty/><All> <member><Id>1</Id></member> <member><Id>2</Id></member></All></AResult>\
                      <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AResponse>";
        let expected = json!({"Next": "a&b", "Empty": "", "All": [{"Id": "1"}, {"Id": "2"}]});
        assert_eq!(result(answer).unwrap(), expected);
    }

    #[test]
    fn what_has_no_result_is_null_and_what_is_no_xml_an_error() {
        assert_eq!(result("<html></html>").unwrap(), Value::Null);
        assert!(result("<AResult>").is_err());
    }
}
