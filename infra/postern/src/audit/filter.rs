//! Which changes `postern audit` lists.

use clap::Args;
use domain::audit::image::Tag;
use domain::id::{ClientId, OrganizationId, PartnerId, UserId};
use domain::identifier::Identity;
use registry::AuditedTables;

use super::trail::is_quotable;
use crate::failure::{Result, refused, usage};
use crate::operator::Operator;

#[derive(Debug, Args)]
pub(super) struct Filter {
    /// Only changes of this organization's items; `sso` is the identity provider
    #[arg(long, value_name = "ID", value_parser = organization)]
    organization: Option<OrganizationId>,

    /// Only changes of this user
    #[arg(long, value_name = "ID", value_parser = UserId::parse)]
    user: Option<UserId>,

    /// With --user and --organization: also changes of the codes of this user's addresses and numbers. It needs
    /// the rights of `AuditorPolicyArn`
    #[arg(long, requires = "user", requires = "organization")]
    codes: bool,

    /// Only changes of this session: its family, as `session list` shows it
    #[arg(long, value_name = "FAMILY", value_parser = word, allow_hyphen_values = true)]
    session: Option<String>,

    /// Only changes of this API key: its name, as `api-key list` shows it
    #[arg(long, value_name = "NAME", value_parser = word)]
    api_key: Option<String>,

    /// Only changes of this partner
    #[arg(long, value_name = "ID", value_parser = PartnerId::parse)]
    partner: Option<PartnerId>,

    /// Only changes of this client of the identity provider
    #[arg(long, value_name = "ID", value_parser = ClientId::parse)]
    client: Option<ClientId>,

    /// Only changes of this item, as another line names it
    #[arg(long, value_name = "ITEM", value_parser = word, allow_hyphen_values = true)]
    item: Option<String>,

    /// Only changes that this request made: the id in its answer and in the request log
    #[arg(long, value_name = "ID", value_parser = word)]
    request: Option<String>,

    /// Only changes by this author: a function's name, `operator`, an operator's ARN, or `unknown`
    #[arg(long, value_name = "AUTHOR", value_parser = word)]
    by: Option<String>,
}

/// A text that can stand in a filter of CloudWatch as it is.
fn word(text: &str) -> std::result::Result<String, &'static str> {
    is_quotable(text)
        .then(|| text.to_owned())
        .ok_or("not an id: it has a space, a quote, '\\' or '*'")
}

/// An organization, or the realm in its place.
fn organization(text: &str) -> std::result::Result<OrganizationId, String> {
    let realm = OrganizationId::sso();
    if text == realm.as_str() {
        return Ok(realm);
    }
    OrganizationId::parse(text).map_err(|error| error.to_string())
}

impl Filter {
    /// CloudWatch's pattern: it finds what is selected among all lines. `codes` are the items of the user's codes.
    pub(super) fn pattern(&self, codes: &[Tag]) -> String {
        let of = |field: &str, value: &str| format!(r#"$.{field} = "{value}""#);
        let mut clauses: Vec<_> =
            self.fields().into_iter().map(|(_, field, value)| of(field, value)).collect();
        if let Some(user) = &self.user {
            let codes = codes.iter().map(|item| of("item", item.as_str()));
            let any: Vec<_> = std::iter::once(of("user", user.as_str())).chain(codes).collect();
            match &any[..] {
                [one] => clauses.push(one.clone()),
                any => clauses.push(format!("({})", any.join(") || ("))),
            }
        }
        match &clauses[..] {
            [] => String::new(),
            [one] => format!("{{ {one} }}"),
            all => format!("{{ ({}) }}", all.join(") && (")),
        }
    }

    /// The options but --user: their names, the fields that they select by, and their values.
    fn fields(&self) -> Vec<(&'static str, &'static str, &str)> {
        // An operator is found by ARN in another field than a function by name.
        let is_arn = self.by.as_ref().is_some_and(|by| by.starts_with("arn:"));
        let fields = [
            (
                "organization",
                "organization",
                self.organization.as_ref().map(OrganizationId::as_str),
            ),
            ("partner", "partner", self.partner.as_ref().map(PartnerId::as_str)),
            ("client", "client", self.client.as_ref().map(ClientId::as_str)),
            ("session", "session", self.session.as_deref()),
            ("API key", "apiKey", self.api_key.as_deref()),
            ("item", "item", self.item.as_deref()),
            ("request", "requestId", self.request.as_deref()),
            ("author", if is_arn { "operator" } else { "by" }, self.by.as_deref()),
        ];
        let given =
            fields.into_iter().filter_map(|(name, field, value)| Some((name, field, value?)));
        given.collect()
    }

    /// What is looked for, in words; empty for all changes.
    pub(super) fn words(&self) -> String {
        let user = self.user.as_ref().map(|user| ("user", user.as_str()));
        let others = self.fields().into_iter().map(|(name, _, value)| (name, value));
        let named = user.into_iter().chain(others).map(|(name, value)| format!("{name} {value}"));
        named.collect::<Vec<_>>().join(", ")
    }

    /// What stands for the codes of the user in lines. A code knows an identity alone, and no user.
    pub(super) async fn code_items(&self, operator: &Operator) -> Result<Vec<Tag>> {
        if !self.codes {
            return Ok(Vec::new());
        }
        let (Some(organization), Some(user)) = (&self.organization, &self.user) else {
            return usage("--codes needs --user and --organization");
        };
        let Some(stored) = operator.users()?.find(organization, user).await? else {
            return refused(format!("user {user} of organization {organization} not found"));
        };
        let identities: Vec<_> = stored.identities.keys().map(Identity::stored).collect();
        Ok(operator.open(AuditedTables::new)?.codes(organization, &identities).await?)
    }

    /// The nouns of given ids that nothing has: perhaps they were mistyped. What can't be looked up is not said.
    pub(super) async fn unknown(&self, operator: &Operator) -> Vec<String> {
        let mut unknown = Vec::new();
        let mut add = |noun: &str, id: &str, found: anyhow::Result<bool>| {
            if matches!(found, Ok(false)) {
                unknown.push(format!("there is no {noun} {id}"));
            }
        };
        if let Some(id) = self.organization.as_ref().filter(|id| **id != OrganizationId::sso())
            && let Ok(organizations) = operator.organizations()
        {
            add("organization", id.as_str(), organizations.find(id).await.map(|it| it.is_some()));
        }
        if let (Some(organization), Some(id)) = (&self.organization, &self.user)
            && *organization != OrganizationId::sso()
            && let Ok(users) = operator.users()
        {
            add("user", id.as_str(), users.find(organization, id).await.map(|it| it.is_some()));
        }
        if let Some(id) = &self.partner
            && let Ok(partners) = operator.partners()
        {
            add("partner", id.as_str(), partners.find(id).await.map(|it| it.is_some()));
        }
        if let Some(id) = &self.client
            && let Ok(clients) = operator.clients()
        {
            add("client", id.as_str(), clients.find(id).await.map(|it| it.is_some()));
        }
        unknown
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        filter: Filter,
    }

    fn filter(arguments: &[&str]) -> Option<Filter> {
        let arguments = ["audit"].iter().chain(arguments);
        Arguments::try_parse_from(arguments).ok().map(|it| it.filter)
    }

    #[test]
    fn options_become_a_pattern_and_none_can_break_out_of_it() {
        let pattern = |arguments: &[&str]| filter(arguments).map(|it| it.pattern(&[]));
        let of = |text: &str| Some(text.to_owned());
        assert_eq!(pattern(&[]), of(""));
        assert_eq!(pattern(&["--user", "u"]), of(r#"{ $.user = "u" }"#));
        assert_eq!(pattern(&["--item", "-x"]), of(r#"{ $.item = "-x" }"#));
        assert_eq!(
            pattern(&["--organization", "sso", "--by", "operator"]),
            of(r#"{ ($.organization = "sso") && ($.by = "operator") }"#)
        );
        let arn = "arn:aws:sts::1:assumed-role/a/b";
        assert_eq!(pattern(&["--by", arn]), Some(format!(r#"{{ $.operator = "{arn}" }}"#)));
        for option in ["--organization", "--user", "--partner", "--client", "--item", "--request"] {
            for value in ["", "a b", "a\"", "a\\", "*"] {
                assert_eq!(pattern(&[option, value]), None, "{option} {value}");
            }
        }
    }

    #[test]
    fn codes_are_found_beside_the_user_and_only_with_both_ids() {
        let tags: [Tag; 2] = ["t1", "t2"].map(|tag| serde_json::from_value(tag.into()).unwrap());
        let given = filter(&["--user", "u", "--organization", "o", "--codes"]).unwrap();
        assert_eq!(
            given.pattern(&tags),
            r#"{ ($.organization = "o") && (($.user = "u") || ($.item = "t1") || ($.item = "t2")) }"#
        );
        assert_eq!(given.words(), "user u, organization o");
        for incomplete in [&["--codes"][..], &["--codes", "--user", "u"]] {
            assert!(filter(incomplete).is_none(), "{incomplete:?}");
        }
    }
}
