//! Every method says who may call it, and says it well.

use super::protos::{ANY, compile, faults, faults_of_method, method, real};
use super::read;

const ONE_OF: &str = "exactly one of `any` and `any_of`";

/// Demands one fault of the method `Act`, with these words in it.
fn assert_refused(options: &str, words: &str) {
    let faults = faults_of_method(options);
    assert_eq!(faults.len(), 1, "{options}: {faults:?}");
    assert!(faults[0].starts_with("oauthregistry.v1.S.Act: ") && faults[0].contains(words), "{options}: {faults:?}");
}

fn access(rule: &str) -> String {
    format!("option (access) = {{ {rule} }};")
}

fn any_of(permissions: &str) -> String {
    access(&format!("any_of: {{ permissions: [{permissions}] }}"))
}

#[test]
fn the_real_protos_obey() {
    let policy = read(&real()).unwrap();
    assert!(policy.methods.iter().any(|method| method.full_name == "oauthregistry.v1.OauthAppService/GetOauthApp"));
}

#[test]
fn a_good_rule_is_read_as_it_is_written() {
    let options = format!(
        "{} option (refuses) = {{ bound_key: true, api_key: true, on_behalf_of: true }}; option (reach) = REACH_HOME_TENANT; option (issues_secret) = true;",
        access(
            "self: true, system_tenant_only: true, any_of: [{ permissions: [PERMISSION_ADMINISTRATOR] }, { permissions: \
             [PERMISSION_MGMT_API, PERMISSION_OAUTH] }]"
        )
    );
    let empty = "message Empty { string request_id = 1; bool already_shown = 2; }";
    let text = format!("{empty} service S {{ {} {} }}", method("Act", "Empty", &options), method("See", "Empty", ANY));
    let methods = read(&compile(&text)).unwrap().methods;
    assert_eq!(methods.len(), 2);
    let (act, see) = (&methods[0], &methods[1]);
    assert_eq!((act.name.as_str(), act.full_name.as_str()), ("Act", "oauthregistry.v1.S/Act"));
    assert_eq!(act.any_of, [vec!["PERMISSION_ADMINISTRATOR"], vec!["PERMISSION_MGMT_API", "PERMISSION_OAUTH"]]);
    assert!(act.own_rows && act.system_tenant_only && act.home_tenant_only && act.issues_secret);
    assert!(act.refuses_bound_key && act.refuses_api_key && act.refuses_on_behalf_of);
    assert!(!act.any && see.any && see.any_of.is_empty());
    assert!(!see.own_rows && !see.system_tenant_only && !see.home_tenant_only && !see.issues_secret);
    assert!(!see.refuses_bound_key && !see.refuses_api_key && !see.refuses_on_behalf_of);
}

#[test]
fn a_method_without_a_rule_is_refused() {
    assert_refused("", "no access rule");
    assert_refused("option (issues_secret) = true;", "no access rule");
}

#[test]
fn a_rule_with_neither_any_nor_any_of_is_refused() {
    assert_refused(&access(""), ONE_OF);
    assert_refused(&access("any: false"), ONE_OF);
    assert_refused(&access("self: true"), ONE_OF);
    assert_refused(&access("system_tenant_only: true"), ONE_OF);
}

#[test]
fn a_rule_with_both_any_and_any_of_is_refused() {
    assert_refused(&access("any: true, any_of: { permissions: [PERMISSION_OAUTH] }"), ONE_OF);
}

#[test]
fn any_with_a_condition_is_refused() {
    assert_refused(&access("any: true, self: true"), "`any` stands alone");
    assert_refused(&access("any: true, system_tenant_only: true"), "`any` stands alone");
}

#[test]
fn an_empty_set_of_permissions_is_refused() {
    assert_refused(&access("any_of: {}"), "is empty");
    assert_refused(&access("any_of: [{ permissions: [PERMISSION_OAUTH] }, {}]"), "is empty");
}

#[test]
fn a_number_that_is_no_permission_is_refused() {
    assert_refused(&any_of("PERMISSION_UNSPECIFIED"), "0 is no permission");
    assert_refused(&any_of("PERMISSION_OAUTH, PERMISSION_UNSPECIFIED"), "0 is no permission");
    assert_refused(&any_of("26"), "26 is no permission");
}

#[test]
fn a_permission_named_twice_is_refused() {
    assert_refused(&any_of("PERMISSION_OAUTH, PERMISSION_MGMT_API, PERMISSION_OAUTH"), "twice");
}

#[test]
fn a_method_name_in_two_services_is_refused() {
    let act = method("Act", "Empty", ANY);
    let text = format!("message Empty {{}} service S {{ {act} }} service T {{ {act} }}");
    assert_eq!(faults(&text), ["oauthregistry.v1.T.Act: another service has a method of this name"]);
}

#[test]
fn all_faults_are_told_at_once() {
    let methods = [method("Bare", "Empty", ""), method("Vain", "Empty", &access("")), method("GetIt", "It", ANY)].concat();
    let it = "message It { string id = 1; string client_secret = 2 [(oauthregistry.v1.secret) = true]; string password = 3; }";
    let faults = faults(&format!("message Empty {{}} {it} service S {{ {methods} }}"));
    let starts: Vec<&str> = faults.iter().filter_map(|fault| fault.split(": ").next()).collect();
    let expected = ["S.Bare", "S.Vain", "S.GetIt", "It.password", "It"].map(|name| format!("oauthregistry.v1.{name}"));
    assert_eq!(starts, expected, "{faults:?}");
}
