//! The rules of the protos are those of the contract's table.

use super::descriptors::rpcs;

/// The contract's table, for the methods that exist.
const CONTRACT: [(&str, &str, &str); 29] = [
    ("ApiKeyService/CreateApiKey", "self | 12 | 11·15", ""),
    ("ApiKeyService/GetApiKey", "self | 12 | 11·14", ""),
    ("ApiKeyService/ListApiKeys", "self | 12 | 11·14", ""),
    ("ApiKeyService/RevokeApiKey", "self | 12 | 11·15", ""),
    ("CallerService/GetCaller", "any", ""),
    ("CallerService/ChangePassword", "any", "no API key"),
    ("DataStoreService/GetDataStore", "any", ""),
    ("DataStoreService/ListDataStores", "any", ""),
    ("EventService/ListEvents", "12 | 1009", ""),
    ("OauthAppService/CreateOauthApp", "12 | 11·28", ""),
    ("OauthAppService/GetOauthApp", "12 | 11·28 | 1011", ""),
    ("OauthAppService/ListOauthApps", "12 | 11·28 | 1011", ""),
    ("OauthAppService/UpdateOauthApp", "12 | 11·28", ""),
    ("OauthAppService/DeleteOauthApp", "12 | 11·28", ""),
    ("OauthAppService/RevealOauthAppSecret", "1006", "home tenant"),
    ("RoleService/GetRole", "12 | 11·18", ""),
    ("RoleService/ListRoles", "12 | 11·18", ""),
    ("RoleService/ListPermissions", "any", ""),
    ("TenantService/CreateTenant", "12 | 11·25", "no bound key"),
    ("TenantService/GetTenant", "12 | 11", ""),
    ("TenantService/ListTenants", "12 | 11", ""),
    ("TenantService/AddTenantAdministrator", "12", "no bound key"),
    ("TenantService/RemoveTenantAdministrator", "12", "no bound key"),
    ("TenantService/ListTenantAdministrators", "12 | 11·25", ""),
    ("UserService/CreateUser", "12 | 11·13", ""),
    ("UserService/GetUser", "12 | 11·14", ""),
    ("UserService/ListUsers", "12 | 11·14", ""),
    ("UserService/SetUserPassword", "12 | 11·15", ""),
    ("UserService/UnlockUser", "12 | 11·15", ""),
];

#[test]
fn every_rule_is_the_one_of_the_contract() {
    let rules: Vec<(String, String, String)> =
        rpcs().into_iter().map(|rpc| (rpc.name.clone(), rpc.rule_text(), rpc.flags())).collect();
    let contract: Vec<(String, String, String)> =
        CONTRACT.iter().map(|(name, rule, flags)| ((*name).to_owned(), (*rule).to_owned(), (*flags).to_owned())).collect();
    assert_eq!(rules, contract);
}
