//! IAM's wildcards: `*` stands for any text, `?` for one character.

/// Whether a text matches. IAM compares ARNs and key values with regard to case.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.as_bytes(), text.as_bytes());
    // Where to go on if what follows the last star doesn't match here.
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern, text) {
            ([b'*', rest @ ..], _) => {
                retry = Some((rest, text));
                pattern = rest;
            }
            ([own, rest @ ..], [other, tail @ ..]) if *own == b'?' || own == other => {
                (pattern, text) = (rest, tail);
            }
            ([], []) => return true,
            _ => match retry {
                Some((rest, [_, tail @ ..])) => {
                    retry = Some((rest, tail));
                    (pattern, text) = (rest, tail);
                }
                _ => return false,
            },
        }
    }
}

/// Whether an action matches. IAM ignores the case of actions.
pub(super) fn matches_action(pattern: &str, action: &str) -> bool {
    matches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text_and_a_question_mark_one_character() {
        for (pattern, text) in [
            ("*", ""),
            ("OTP#*", "OTP#a"),
            ("OTP#*", "OTP#"),
            ("a*b*c", "a-b-b-c"),
            ("*:table/?sers", "arn:aws:dynamodb:table/users:table/Users"),
            ("JWKS#partner", "JWKS#partner"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("", "a"), ("OTP#*", "OTP"), ("a?c", "ac"), ("a*b", "a-b-c"), ("otp#*", "OTP#a")]
        {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn the_case_of_an_action_does_not_matter() {
        assert!(matches_action("SNS:publish", "sns:Publish"));
        assert!(matches_action("dynamodb:*Item", "dynamodb:GetItem"));
        assert!(!matches_action("dynamodb:Get", "dynamodb:GetItem"));
    }
}
