//! What the descriptors say: every RPC with its rule, and every way to name a resource in its request.

use oauth_registry::proto::{FILE_DESCRIPTOR_SET, Permission};
use prost_reflect::{DescriptorPool, Kind, MessageDescriptor};

use crate::policy::{Method, OUTPUT_ONLY, PACKAGE, behaviors, read};

/// Fields that are named like a locator and name no resource of ours, each with the reason. They need no builder.
pub(super) const NO_LOCATORS: [(&str, &str, &str); 2] = [
    ("OauthAppService/CreateOauthApp", "oauth_app.client_id", "OAuth's own name, given by a foreign authorization server"),
    ("OauthAppService/UpdateOauthApp", "oauth_app.client_id", "OAuth's own name, given by a foreign authorization server"),
];

/// One RPC.
pub(super) struct Rpc {
    /// `OauthAppService/GetOauthApp`.
    pub(super) name: String,
    /// The paths of the fields that name a resource: `oauth_app.tenant_id`.
    pub(super) locators: Vec<String>,
    /// Whether the answer is one page of a list.
    pub(super) is_list: bool,
    /// The access rule.
    pub(super) rule: Method,
}

impl Rpc {
    /// `/oauthregistry.v1.OauthAppService/GetOauthApp`.
    pub(super) fn path(&self) -> String {
        path(&self.name)
    }

    /// The rule as the contract writes it: `self | 12 | 11·15`.
    pub(super) fn rule_text(&self) -> String {
        let sets = self.rule.any_of.iter().map(|names| {
            let numbers = names.iter().map(|name| (Permission::from_str_name(name).unwrap() as i32).to_string());
            numbers.collect::<Vec<_>>().join("·")
        });
        let special = [(self.rule.any, "any"), (self.rule.own_rows, "self")];
        let special = special.into_iter().filter(|(there, _)| *there).map(|(_, word)| word.to_owned());
        special.chain(sets).collect::<Vec<_>>().join(" | ")
    }

    /// What else the options say.
    pub(super) fn flags(&self) -> String {
        let flags = [
            (self.rule.refuses_bound_key, "no bound key"),
            (self.rule.refuses_api_key, "no API key"),
            (self.rule.refuses_on_behalf_of, "not on behalf"),
            (self.rule.home_tenant_only, "home tenant"),
            (self.rule.system_tenant_only, "system tenant only"),
        ];
        flags.into_iter().filter(|(there, _)| *there).map(|(_, words)| words).collect::<Vec<_>>().join(", ")
    }
}

/// The path of a method of ours.
pub(super) fn path(name: &str) -> String {
    format!("/{PACKAGE}.{name}")
}

/// Every RPC, in the order of services and methods.
pub(super) fn rpcs() -> Vec<Rpc> {
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap();
    let mut rules = read(&pool).unwrap().methods;
    let services = pool.services().filter(|service| service.parent_file().package_name() == PACKAGE);
    let mut rpcs: Vec<Rpc> = services
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .map(|method| {
            let name = format!("{}/{}", method.parent_service().name(), method.name());
            let at = rules.iter().position(|rule| rule.full_name == format!("{PACKAGE}.{name}")).unwrap();
            let is_list = method.output().get_field_by_name("next_page_token").is_some();
            Rpc { locators: locators(&method.input()), is_list, rule: rules.remove(at), name }
        })
        .collect();
    rpcs.sort_by(|a, b| a.service().cmp(b.service()));
    rpcs
}

impl Rpc {
    /// `OauthAppService`.
    pub(super) fn service(&self) -> &str {
        self.name.split_once('/').unwrap().0
    }
}

fn locators(request: &MessageDescriptor) -> Vec<String> {
    let is_update = request.name().starts_with("Update");
    let mut found = Vec::new();
    for field in request.fields() {
        match field.kind() {
            Kind::String if names_a_resource(field.name()) => found.push(field.name().to_owned()),
            Kind::Message(resource) if resource.parent_file().package_name() == PACKAGE => {
                let inner = resource.fields().filter(|inner| inner.kind() == Kind::String && names_a_resource(inner.name()));
                // An update finds the resource by its own id, which is output-only everywhere else.
                let writable =
                    inner.filter(|inner| !behaviors(inner).contains(&OUTPUT_ONLY) || (is_update && inner.name() == "id"));
                found.extend(writable.map(|inner| format!("{}.{}", field.name(), inner.name())));
            }
            _ => {}
        }
    }
    found
}

fn names_a_resource(field: &str) -> bool {
    // A request's own id names no resource.
    field == "id" || (field.ends_with("_id") && field != "request_id") || field == "tenant_name"
}
