//! The topic of the alarms: whether anybody hears them.

use aws_sdk_sns::types::Subscription;
use runtime::outage::sdk_error;

use super::Finding;
use super::resources::Resources;
use super::sms::client;
use crate::operator::Operator;

const CHECK: &str = "alarms: subscribers";

pub(super) async fn check(operator: &Operator, resources: &Resources) -> Finding {
    let given = resources.parameter("AlarmTopicArn").filter(|arn| !arn.is_empty());
    let made = || resources.of("AWS::SNS::Topic").next().map(|topic| topic.name.as_str());
    let Some(topic) = given.or_else(made) else {
        return Finding::wrong(CHECK, "the stack has no topic for alarms", "`make deploy`");
    };
    match subscriptions(operator, topic).await {
        Ok(all) => finding(topic, &all),
        Err(error) => Finding::failed(CHECK, error),
    }
}

async fn subscriptions(operator: &Operator, topic: &str) -> anyhow::Result<Vec<Subscription>> {
    let client = client(operator);
    let (mut all, mut from) = (Vec::new(), None);
    loop {
        let page = client.list_subscriptions_by_topic().topic_arn(topic).set_next_token(from);
        let page = page.send().await;
        let page = page.map_err(|error| sdk_error(&error, "ListSubscriptionsByTopic"))?;
        all.extend(page.subscriptions.unwrap_or_default());
        from = page.next_token;
        if from.is_none() {
            return Ok(all);
        }
    }
}

fn finding(topic: &str, all: &[Subscription]) -> Finding {
    // Until it is confirmed it has no ARN, but a word in its place; after its end, too.
    let has_arn =
        |it: &&Subscription| it.subscription_arn().is_some_and(|it| it.starts_with("arn:"));
    let is_pending = |it: &&Subscription| it.subscription_arn() == Some("PendingConfirmation");
    let (confirmed, pending) =
        (all.iter().filter(has_arn).count(), all.iter().filter(is_pending).count());
    match (confirmed, pending) {
        (0, 0) => {
            let found = format!("{topic} has none, so nobody hears an alarm");
            let remedy = "set AlarmAddress and deploy, or `aws sns subscribe --topic-arn …`";
            Finding::wrong(CHECK, found, remedy)
        }
        (0, pending) => {
            let found = format!("{topic} has {pending}, none confirmed, so nobody hears an alarm");
            let remedy = "click on the link that SNS mailed to AlarmAddress; after three days it is void: \
                          `aws sns subscribe --topic-arn … --protocol email --notification-endpoint …` mails another";
            Finding::wrong(CHECK, found, remedy)
        }
        (confirmed, 0) => Finding::good(CHECK, format!("{confirmed} confirmed")),
        (confirmed, pending) => {
            Finding::good(CHECK, format!("{confirmed} confirmed, {pending} not yet"))
        }
    }
}
