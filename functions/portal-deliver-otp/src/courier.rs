//! Mail by SES and SMS by SNS.

use anyhow::Context as _;
use aws_sdk_ses::types::{Body, Content, Destination, Message as MailMessage};
use aws_sdk_sns::types::MessageAttributeValue;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use base64::Engine as _;
use domain::identifier::{Email, Phone};
use domain::organization::Organization;
use domain::sender::{SenderAddress, SmsSender};
use runtime::aws::Aws;
use runtime::outage::sdk_error;

use crate::message::Mail;

/// Error codes that no retry within a code's life will change: of a recipient who can't be reached, and of
/// a sender that may not send. A retry may help against any other error, and delays what follows.
const PERMANENT_ERRORS: [&str; 15] = [
    "AccessDenied",
    "AccountSendingPaused",
    "AccountSendingPausedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "ConfigurationSetDoesNotExist",
    "ConfigurationSetDoesNotExistException",
    "InvalidParameter",
    "InvalidParameterException",
    "InvalidParameterValue",
    "MailFromDomainNotVerified",
    "MailFromDomainNotVerifiedException",
    "MessageRejected",
    "OptedOut",
    "OptedOutException",
];

/// Sends messages in an organization's name.
pub(crate) struct Courier {
    ses: aws_sdk_ses::Client,
    sns: aws_sdk_sns::Client,
    sender_address: SenderAddress,
    /// By which SES tells what becomes of a mail.
    configuration_set: Option<String>,
}

/// The outcome of sending a message.
#[must_use]
#[derive(Debug)]
pub(crate) enum Sent {
    /// The service accepted the message, under this id.
    Accepted(String),
    /// This sender can't reach this recipient while the code lives. Has the service's error code.
    Undeliverable(String),
    /// The service failed, or gave no answer. Has its error code, if it named one.
    Failed(Option<String>, anyhow::Error),
}

impl Courier {
    /// Sends mail from `SENDER_ADDRESS` for organizations without an address of their own.
    pub(crate) fn new(aws: &Aws) -> anyhow::Result<Self> {
        let sender_address = aws.config().required("SENDER_ADDRESS")?;
        let sender_address = SenderAddress::parse(sender_address).context("SENDER_ADDRESS")?;
        let configuration_set = aws.config().optional("CONFIGURATION_SET").map(str::to_owned);
        Ok(Self { ses: aws.ses(), sns: aws.sns(), sender_address, configuration_set })
    }

    /// Sends a mail.
    pub(crate) async fn mail(
        &self,
        organization: &Organization,
        to: &Email,
        message: &Mail,
    ) -> anyhow::Result<Sent> {
        let address = organization.sender_address.as_ref().unwrap_or(&self.sender_address);
        let sent = self
            .ses
            .send_email()
            .source(mailbox(&organization.name, address.as_str()))
            .destination(Destination::builder().to_addresses(to.as_str()).build())
            .message(mail(message)?)
            .set_configuration_set_name(self.configuration_set.clone())
            .send()
            .await;
        Ok(outcome(sent.map(|output| output.message_id), "SendEmail"))
    }

    /// Sends an SMS.
    pub(crate) async fn sms(
        &self,
        organization: &Organization,
        to: &Phone,
        text: &str,
    ) -> anyhow::Result<Sent> {
        let attribute = |value: &str| {
            MessageAttributeValue::builder().data_type("String").string_value(value).build()
        };
        let mut sms = self
            .sns
            .publish()
            .phone_number(to.as_str())
            .message(text)
            .message_attributes("AWS.SNS.SMS.SMSType", attribute("Transactional")?);
        if let Some(sender) = &organization.sms_sender {
            let name = match sender {
                SmsSender::Number(_) => "AWS.MM.SMS.OriginationNumber",
                SmsSender::Name(_) => "AWS.SNS.SMS.SenderID",
            };
            sms = sms.message_attributes(name, attribute(sender.as_str())?);
        }
        let sent = sms.send().await;
        Ok(outcome(sent.map(|output| output.message_id.unwrap_or_default()), "Publish"))
    }
}

fn outcome<E: ProvideErrorMetadata>(
    sent: Result<String, SdkError<E, HttpResponse>>,
    action: &str,
) -> Sent {
    let error = match sent {
        Ok(message_id) => return Sent::Accepted(message_id),
        Err(error) => error,
    };
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code).map(str::to_owned);
    match code {
        Some(code) if PERMANENT_ERRORS.contains(&code.as_str()) => Sent::Undeliverable(code),
        code => Sent::Failed(code, sdk_error(&error, action)),
    }
}

fn mail(message: &Mail) -> anyhow::Result<MailMessage> {
    let content = |text: &str| Content::builder().charset("UTF-8").data(text).build();
    let body = Body::builder().text(content(&message.text)?).html(content(&message.html)?).build();
    Ok(MailMessage::builder().subject(content(&message.subject)?).body(body).build())
}

/// `"Name" <address>` (RFC 5322 §3.4). A name outside ASCII becomes encoded words (RFC 2047 §2).
fn mailbox(name: &str, address: &str) -> String {
    let name: String = name.chars().filter(|char| !char.is_control()).collect();
    if name.is_ascii() {
        let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
        return format!("\"{quoted}\" <{address}>");
    }
    // An encoded word has at most 75 characters: 12 around the text, and 60 of base64, i.e. 45 bytes.
    let mut words = vec![String::new()];
    for char in name.chars() {
        match words.last_mut() {
            Some(word) if word.len() + char.len_utf8() <= 45 => word.push(char),
            _ => words.push(char.to_string()),
        }
    }
    let base64 = base64::engine::general_purpose::STANDARD;
    let words: Vec<String> =
        words.iter().map(|word| format!("=?UTF-8?B?{}?=", base64.encode(word))).collect();
    format!("{} <{address}>", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_neither_end_its_quotes_nor_add_a_header() {
        assert_eq!(mailbox("Demo Clinic", "a@b"), r#""Demo Clinic" <a@b>"#);
        assert_eq!(mailbox("A\" <x@y>, \"\r\nBcc: z", "a@b"), r#""A\" <x@y>, \"Bcc: z" <a@b>"#);
    }

    #[test]
    fn a_name_outside_of_ascii_becomes_encoded_words() {
        assert_eq!(mailbox("Café", "a@b"), "=?UTF-8?B?Q2Fmw6k=?= <a@b>");
        for (name, count) in [
            ("é".repeat(60), 3),
            (format!("a{}", "é".repeat(60)), 3),
            ("名".repeat(30), 2),
            ("𝒜".repeat(23), 3),
            ("Ärzte am \"Rathaus\" <x@y>, Praxis für Allgemeinmedizin".to_owned(), 2),
        ] {
            let written = mailbox(&name, "a@b");
            let words: Vec<&str> = written.strip_suffix(" <a@b>").unwrap().split(' ').collect();
            assert!(words.iter().all(|word| word.len() <= 75), "{written}");
            assert_eq!(words.len(), count, "{written}");
            // Each word is text of its own (RFC 2047 §5): no character is cut in two.
            assert_eq!(words.into_iter().map(decoded).collect::<String>(), name);
        }
    }

    /// The text of an encoded word (RFC 2047 §2).
    fn decoded(word: &str) -> String {
        let text = word.strip_prefix("=?UTF-8?B?").and_then(|word| word.strip_suffix("?="));
        let bytes = base64::engine::general_purpose::STANDARD.decode(text.unwrap()).unwrap();
        String::from_utf8(bytes).unwrap()
    }
}
