//! Tests of the roles in `infra/template.yaml`, besides what the contract tests use of them.

use super::calls::dynamodb::requests;
use super::policy::{Effect, Resources};
use super::request::{CALLED_VIA, FROM_ADDRESS, LEADING_KEYS, Request};
use super::*;
use serde_json::json;

fn permissions() -> Permissions {
    let template = Template::read(None).unwrap();
    Permissions::new(&template, Arc::new(Output::Terminal)).unwrap()
}

fn functions(permissions: &Permissions) -> Vec<&Principal> {
    permissions.roles.values().filter(|it| it.role.is_function).collect()
}

#[test]
fn every_condition_on_leading_keys_needs_a_key_and_no_action_that_names_none() {
    let permissions = permissions();
    for (id, principal) in &permissions.roles {
        for statement in &principal.statements {
            let of_keys: Vec<_> =
                statement.conditions.iter().filter(|it| it.key == LEADING_KEYS).collect();
            if of_keys.is_empty() || statement.effect == Effect::Deny {
                continue;
            }
            let needs_key = of_keys.iter().any(|it| it.values == ["false"]);
            assert!(needs_key, "{id}: ForAllValues without Null: {statement:?}");
            for action in &statement.actions {
                let is_of_items = ["Query", "Scan", "Batch", "PartiQL", "*"];
                assert!(!is_of_items.iter().any(|it| action.contains(it)), "{id}: {action}");
            }
        }
    }
}

#[test]
fn a_function_reads_and_writes_items_by_their_kinds_alone() {
    let permissions = permissions();
    for principal in functions(&permissions) {
        for statement in principal.statements.iter().filter(|it| it.effect == Effect::Allow) {
            let is_of_items = statement.actions.iter().any(|it| it.ends_with("Item"));
            let is_narrow = statement.conditions.iter().any(|it| it.key == LEADING_KEYS);
            assert!(!is_of_items || is_narrow, "{}: {statement:?}", principal.role.id);
        }
    }
}

/// What has no ARN, or not before it exists.
const WITHOUT_RESOURCE: [&str; 10] = [
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "lambda:GetEventSourceMapping", // a condition names the functions
    "logs:DescribeLogGroups",
    "ses:GetAccount",
    "ses:GetIdentityVerificationAttributes",
    "sms-voice:SendTextMessage",
    "sns:GetSMSAttributes",
    "sns:GetSMSSandboxAccountStatus",
    "sns:Publish",
];

/// Resources of which only the beginning of the name is known, the stack's; and a whole log group.
const OF_THE_STACK: [(&str, &str); 3] = [
    ("lambda:GetFunctionConfiguration", ":function:postern-*"),
    ("logs:FilterLogEvents", ":log-group:/aws/lambda/postern:*"),
    ("logs:FilterLogEvents", ":log-group:/postern/postern/audit:*"),
];

#[test]
fn what_is_allowed_is_written_in_full_but_for_the_last_parts_of_keys() {
    let permissions = permissions();
    for (id, principal) in &permissions.roles {
        let statements = principal.statements.iter().filter(|it| it.effect == Effect::Allow);
        for statement in statements.filter(|it| !principal.role.is_of_sam(&it.policy)) {
            let Resources::These(resources) = &statement.resources else {
                panic!("{id} allows all but something: {statement:?}")
            };
            for action in &statement.actions {
                let is_full = action.contains(':') && !action.contains(['*', '?']);
                assert!(is_full, "{id}: {action}");
                let needs_resource = !WITHOUT_RESOURCE.contains(&action.as_str());
                let is_wide = |it: &&String| it.contains(['*', '?']) && needs_resource;
                let of_senders = |it: &&String| action != "ses:SendEmail" || !it.ends_with("/*");
                let is_of_any = |it: &&String| {
                    !OF_THE_STACK.iter().any(|(known, end)| action == known && it.ends_with(end))
                };
                let mut wide = resources.iter().filter(is_wide).filter(of_senders);
                let wide = wide.find(is_of_any);
                assert_eq!(wide, None, "{id}: {action}");
            }
            let keys = statement.conditions.iter().filter(|it| it.key == LEADING_KEYS);
            for pattern in keys.flat_map(|it| &it.values) {
                let named = pattern.strip_suffix("#*").unwrap_or(pattern);
                assert!(!named.contains(['*', '?']), "{id}: {pattern} ends within a part");
            }
        }
    }
}

#[test]
fn codes_are_sent_from_the_senders_address_to_numbers_and_through_sns_alone() {
    let permissions = permissions();
    let may = |request| permissions.authorize("PortalDeliverOtpFunction", &[request]).is_ok();
    let template = Template::read(None).unwrap();
    let sender = template.parameters["SenderAddress"].as_str();
    let mail = |from: &str| {
        let from = [from.to_owned()];
        Request::new("ses:SendEmail", arn::identity("a@example.com")).with(FROM_ADDRESS, from)
    };
    let allowing = |from: &str| match permissions
        .decide(&permissions.roles["PortalDeliverOtpFunction"], &mail(from))
    {
        Decision::Allowed(statements) => statements.len(),
        Decision::Denied(_) | Decision::NotAllowed => 0,
    };
    // Both SenderAddress and OtherSenderAddresses, which is `*@*` here; the latter alone; neither.
    assert_eq!([sender, "ceo@example.com", "ceo"].map(allowing), [2, 1, 0]);
    assert!(may(Request::new("sns:Publish", "*")));
    assert!(!may(Request::new("sns:Publish", "arn:aws:sns:us-east-1:000000000000:alarms")));
    let text = |via: &str| {
        Request::new("sms-voice:SendTextMessage", "*").with(CALLED_VIA, [via.to_owned()])
    };
    assert!(may(text("sns.amazonaws.com")));
    assert!(!may(text("other.amazonaws.com")));
    assert!(!may(Request::new("sms-voice:SendTextMessage", "*")));
}

/// Of another policy of the account, say: one that may read every stream.
#[test]
fn a_stream_is_read_by_a_role_with_its_tag_whatever_other_policies_allow() {
    let mut permissions = permissions();
    let document = json!({"Version": "2012-10-17", "Statement":
        {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}});
    let stream =
        [Request::new("dynamodb:GetRecords", arn::stream(&arn::table_name("ChallengesTable")))];
    for (id, principal) in &mut permissions.roles {
        principal.statements.extend(Statement::read("Other", &document).unwrap());
        let reads_streams = ["PortalDeliverOtpFunction", "AuditRecordFunction"].contains(&&**id);
        assert_eq!(principal.role.tags.is_empty(), !reads_streams, "{id}");
    }
    for id in permissions.roles.keys() {
        let may = permissions.authorize(id, &stream).is_ok();
        let reads = ["PortalDeliverOtpFunction", "AuditRecordFunction"].contains(&&**id);
        assert_eq!(may, reads, "{id}");
        let others = ["OrganizationsTable", "UsersTable", "SessionsTable"]
            .map(|table| Request::new("dynamodb:GetRecords", arn::stream(&arn::table_name(table))));
        let may = others.into_iter().any(|other| permissions.authorize(id, &[other]).is_ok());
        assert_eq!(may, id == "AuditRecordFunction", "{id}");
    }
}

#[test]
fn what_sam_allows_for_the_whole_account_is_taken_back() {
    let permissions = permissions();
    let functions = Template::read(None).unwrap().functions;
    for function in &functions {
        for other in &functions {
            let name = arn::function_name(&other.id);
            // As here, and with the end that CloudFormation gives a name.
            for stream in [format!("{name}[$LATEST]a"), format!("{name}-1A2b3C4d5E6f[7]a")] {
                let stream = arn::log_stream(&other.log_group, &format!("2026/11/27/{stream}"));
                for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
                    let write = [Request::new(action, stream.clone())];
                    let may = permissions.authorize(&function.id, &write).is_ok();
                    assert_eq!(may, function.id == other.id, "{} {action} {stream}", function.id);
                }
            }
            let disguised = format!("2026/11/27/{name}[1]a/2026/11/27/postern-{}[1]a", function.id);
            let of_another = [("/other", "a"), (&function.log_group, &disguised)];
            for (group, stream) in of_another.into_iter().filter(|_| function.id != other.id) {
                let write = [Request::new("logs:PutLogEvents", arn::log_stream(group, stream))];
                assert!(permissions.authorize(&function.id, &write).is_err(), "{group} {stream}");
            }
        }
        for table in ["ChallengesTable", "UsersTable"] {
            let stream = arn::stream(&arn::table_name(table));
            let read = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"]
                .map(|action| Request::new(format!("dynamodb:{action}"), stream.clone()));
            let may = permissions.authorize(&function.id, &read).is_ok();
            let reads = match function.id.as_str() {
                "AuditRecordFunction" => true,
                id => id == "PortalDeliverOtpFunction" && table == "ChallengesTable",
            };
            assert_eq!(may, reads, "{} {table}", function.id);
        }
        for (stream, writer) in
            [("changes/a", "AuditRecordFunction"), ("seals/a", "AuditSealFunction"), ("a", "")]
        {
            let stream = arn::log_stream("/postern/postern/audit", stream);
            let write = [Request::new("logs:PutLogEvents", stream.clone())];
            let may = permissions.authorize(&function.id, &write).is_ok();
            assert_eq!(may, function.id == writer, "{} {stream}", function.id);
        }
    }
}

#[test]
fn only_the_identity_provider_reaches_its_users() {
    let permissions = permissions();
    let users = arn::table_name("UsersTable");
    for principal in functions(&permissions) {
        let id = &principal.role.id;
        for key in ["USER#sso#6", "IDENT#sso#a"] {
            let body = json!({"TableName": users, "Key": {"pk": {"S": key}}});
            let may = permissions.authorize(id, &requests("GetItem", &body)).is_ok();
            assert!(!may || id.starts_with("Sso"), "{id} {key}");
        }
    }
}

#[test]
fn a_transaction_needs_every_part_and_one_denied_part_is_enough() {
    let permissions = permissions();
    let write = |parts: &[(&str, &str, &str)]| {
        let part = |(kind, table, key): &(&str, &str, &str)| json!({*kind: {"TableName": arn::table_name(table), "Key": {"pk": {"S": key}}}});
        let parts: Vec<_> = parts.iter().map(part).collect();
        let body = json!({"TransactItems": parts});
        permissions
            .authorize("PortalLogoutFunction", &requests("TransactWriteItems", &body))
            .is_ok()
    };
    let update = ("Update", "SessionsTable", "FAM#a");
    assert!(write(&[update]));
    assert!(!write(&[update, ("ConditionCheck", "SessionsTable", "FAM#a")]));
    assert!(!write(&[update, ("Update", "SessionsTable", "RT#a")]));
    assert!(!write(&[update, ("Update", "UsersTable", "FAM#a")]));
}

#[test]
fn a_helpdesk_publishes_no_key_and_reads_no_ring_but_the_identifiers() {
    let permissions = permissions();
    let may = |action: &str, resource: String, key: Option<&str>| {
        let request = Request::new(action, resource).with(LEADING_KEYS, key.map(ToOwned::to_owned));
        permissions.authorize("HelpdeskPolicy", &[request]).is_ok()
    };
    let organizations = || arn::table(&arn::table_name("OrganizationsTable"));
    assert!(may("dynamodb:UpdateItem", organizations(), Some("ORG#a")));
    assert!(!may("dynamodb:UpdateItem", organizations(), Some("JWKS#partner")));
    assert!(may("secretsmanager:GetSecretValue", arn::secret("IdentifierSecret"), None));
    assert!(!may("secretsmanager:GetSecretValue", arn::secret("OtpSecret"), None));
    assert!(!may("secretsmanager:PutSecretValue", arn::secret("IdentifierSecret"), None));
}

#[test]
fn a_denial_is_noted_and_says_what_aws_says() {
    let permissions = permissions();
    let users = arn::table(&arn::table_name("UsersTable"));
    let request = [Request::new("dynamodb:GetItem", users.clone())];
    let Err(Refusal::Denied(message)) = permissions.authorize("PartnerJwksFunction", &request)
    else {
        panic!("it may not read users")
    };
    assert_eq!(
        message,
        format!(
            "User: arn:aws:sts::000000000000:assumed-role/postern-PartnerJwksFunction/local is not authorized to \
             perform: dynamodb:GetItem on resource: {users} because no identity-based policy allows the \
             dynamodb:GetItem action"
        )
    );
    assert_eq!(permissions.denied().len(), 1);
    assert!(matches!(permissions.authorize("Nobody", &request), Err(Refusal::UnknownKey)));
    assert!(permissions.authorize(ACCESS_KEY, &request).is_ok());
}
