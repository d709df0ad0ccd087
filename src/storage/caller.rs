//! Everything by which somebody is authenticated and acts, read by one statement: credential, user, home tenant, roles, administrative
//! access.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Alias, Expr, ExprTrait, SelectStatement, SimpleExpr, SubQueryStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, IdenStatic, Iterable, JoinType, QueryFilter,
    QueryResult, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use crate::authn::UserFacts;
use crate::authz::TenantScope;
use crate::crypto::OwnerKind;
use crate::domain::api_key::ApiKey;
use crate::domain::id::{ApiKeyId, TenantId, UserId};
use crate::domain::tenant::TenantStatus;
use crate::storage::Reader;
use crate::storage::entity::{api_key, secret_version, tenant, tenant_administrator, user_account};
use crate::storage::error::StoreError;
use crate::storage::row::Row;
use crate::storage::scope::{Scoped, Within};
use crate::storage::secret::{SecretOwner, StoredSecret};
use crate::storage::user::UserRow;

/// What stands before the names of a table's columns in a joined row.
const KEY: &str = "k_";
const USER: &str = "u_";
const SECRET: &str = "s_";
const TENANT_STATUS: &str = "tenant_status";
const ADMINISTERED: &str = "administered";

/// By what a user is named.
#[derive(Debug, Clone, Copy)]
pub enum UserName<'a> {
    /// The id.
    Id(UserId),
    /// The key of the login name, in a tenant.
    Login(TenantId, &'a str),
}

/// What is stored about an API key, and about the user to whom it belongs.
#[derive(Debug)]
pub struct KeyFacts {
    /// The key.
    pub api_key: ApiKey,
    /// The user, who lives in the key's tenant.
    pub user: UserFacts,
    /// The stored versions of the key's secret, dead ones included.
    pub secrets: Vec<StoredSecret>,
}

/// What is stored about a login name in a tenant.
#[derive(Debug)]
pub struct LoginFacts {
    /// The user; absent when nobody in the tenant has the login.
    pub user: Option<UserFacts>,
    /// The stored versions of the password, dead ones included.
    pub secrets: Vec<StoredSecret>,
}

impl Reader<'_> {
    /// Finds what is stored about the key that a token names.
    pub async fn find_key_facts(&self, scope: &TenantScope, public_id: &str) -> Result<Option<KeyFacts>, StoreError> {
        let key = self.within(scope).find::<api_key::Entity>().filter(api_key::Column::PublicId.eq(public_id));
        self.key_facts(scope, key).await
    }

    /// Finds what is stored about a key.
    pub async fn find_key_facts_by_id(&self, scope: &TenantScope, id: ApiKeyId) -> Result<Option<KeyFacts>, StoreError> {
        let key = self.within(scope).find::<api_key::Entity>().filter(api_key::Column::Id.eq(id.as_uuid()));
        self.key_facts(scope, key).await
    }

    async fn key_facts(&self, scope: &TenantScope, key: Select<api_key::Entity>) -> Result<Option<KeyFacts>, StoreError> {
        let within = self.within(scope);
        let is_theirs = equal(api_key::Column::TenantId, user_account::Column::TenantId)
            .and(equal(api_key::Column::UserId, user_account::Column::Id));
        let rows = within.join::<_, user_account::Entity>(key.select_only(), JoinType::InnerJoin, is_theirs);
        let of_key = (api_key::Column::TenantId, api_key::Column::Id);
        let rows = with_secrets(within, rows, (OwnerKind::ApiKey, SecretOwner::API_KEY), of_key);
        let mut rows = with_user(within, rows);
        add_columns::<api_key::Entity>(&mut rows, KEY);
        let rows = self.connection.query_all(&rows).await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let api_key = ApiKey::try_from(api_key::Model::from_query_result(first, KEY)?)?;
        let owner = SecretOwner::api_key(api_key.tenant_id, api_key.id);
        Ok(Some(KeyFacts { user: user_facts(first)?, secrets: secrets(&rows, owner)?, api_key }))
    }

    /// Finds what is stored about a login and its password, by one statement whether there is a user or not; nothing when there is no
    /// such tenant.
    pub async fn find_login_facts(
        &self,
        scope: &TenantScope,
        tenant: TenantId,
        login_key: &str,
    ) -> Result<Option<LoginFacts>, StoreError> {
        let within = self.within(scope);
        let rows = within.find::<tenant::Entity>().filter(tenant::Column::Id.eq(tenant.as_uuid())).select_only();
        let is_theirs = equal(user_account::Column::TenantId, tenant::Column::Id)
            .and(Expr::col(user_account::Column::LoginKey.as_column_ref()).eq(login_key));
        let rows = within.join::<_, user_account::Entity>(rows, JoinType::LeftJoin, is_theirs);
        let (of_user, kind) =
            ((user_account::Column::TenantId, user_account::Column::Id), (OwnerKind::User, SecretOwner::PASSWORD));
        let mut rows = with_secrets(within, rows, kind, of_user).into_query();
        add_user(within, &mut rows);
        let rows = self.connection.query_all(&rows).await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let id: Option<Uuid> = first.try_get(USER, user_account::Column::Id.as_str())?;
        let Some(id) = id else { return Ok(Some(LoginFacts { user: None, secrets: Vec::new() })) };
        let owner = SecretOwner::password(tenant, UserId::from_uuid(id));
        Ok(Some(LoginFacts { user: Some(user_facts(first)?), secrets: secrets(&rows, owner)? }))
    }

    /// Finds what is stored about a user who wants to act.
    pub async fn find_user_facts(&self, scope: &TenantScope, name: UserName<'_>) -> Result<Option<UserFacts>, StoreError> {
        let within = self.within(scope);
        let rows = with_user(within, named(within, name).select_only());
        self.connection.query_one(&rows).await?.as_ref().map(user_facts).transpose()
    }
}

fn named(within: Within<'_>, name: UserName<'_>) -> Select<user_account::Entity> {
    let users = within.find::<user_account::Entity>();
    match name {
        UserName::Id(id) => users.filter(user_account::Column::Id.eq(id.as_uuid())),
        UserName::Login(tenant, key) => {
            users.filter(user_account::Column::TenantId.eq(tenant.as_uuid())).filter(user_account::Column::LoginKey.eq(key))
        }
    }
}

/// Joins the home tenant of the query's user, and selects the user with roles and administrative access.
fn with_user<E: Scoped>(within: Within<'_>, rows: Select<E>) -> SelectStatement {
    let home = equal(user_account::Column::TenantId, tenant::Column::Id);
    let mut rows = within.join::<E, tenant::Entity>(rows, JoinType::InnerJoin, home).into_query();
    add_user(within, &mut rows);
    rows
}

/// Selects the query's user with home tenant, roles and administrative access.
fn add_user(within: Within<'_>, rows: &mut SelectStatement) {
    add_columns::<user_account::Entity>(rows, USER);
    UserRow::extend(rows, within, USER);
    rows.expr_as(Expr::col(tenant::Column::Status.as_column_ref()), Alias::new(TENANT_STATUS));
    rows.expr_as(administered(within), Alias::new(ADMINISTERED));
}

/// Joins the stored versions of a secret to the query's owners.
fn with_secrets<E: Scoped, C: ColumnTrait>(
    within: Within<'_>,
    rows: Select<E>,
    (kind, field): (OwnerKind, &str),
    (tenant, id): (C, C),
) -> Select<E> {
    let is_theirs = equal(secret_version::Column::TenantId, tenant)
        .and(secret_version::Column::OwnerKind.eq(kind.as_str()))
        .and(equal(secret_version::Column::OwnerId, id))
        .and(secret_version::Column::Field.eq(field));
    let mut rows = within.join::<E, secret_version::Entity>(rows, JoinType::LeftJoin, is_theirs);
    add_columns::<secret_version::Entity>(QuerySelect::query(&mut rows), SECRET);
    rows
}

/// Selects, for a row of `user_account`, the ids of the tenants to which the user has administrative access.
fn administered(within: Within<'_>) -> SimpleExpr {
    let tenants = within
        .find::<tenant_administrator::Entity>()
        .select_only()
        .expr(Expr::cust(if within.backend() == DbBackend::Postgres {
            r#"string_agg("tenant_administrator"."tenant_id"::text, ',')"#
        } else {
            r#"group_concat(hex("tenant_administrator"."tenant_id"))"#
        }))
        .filter(equal(tenant_administrator::Column::UserTenantId, user_account::Column::TenantId))
        .filter(equal(tenant_administrator::Column::UserId, user_account::Column::Id));
    SimpleExpr::SubQuery(None, Box::new(SubQueryStatement::SelectStatement(tenants.into_query())))
}

fn equal(left: impl ColumnTrait, right: impl ColumnTrait) -> SimpleExpr {
    Expr::col(left.as_column_ref()).eq(Expr::col(right.as_column_ref()))
}

fn add_columns<E: EntityTrait>(rows: &mut SelectStatement, prefix: &str) {
    for column in E::Column::iter() {
        rows.expr_as(Expr::col(column.as_column_ref()), Alias::new(format!("{prefix}{}", column.as_str())));
    }
}

fn user_facts(row: &QueryResult) -> Result<UserFacts, StoreError> {
    let user: crate::domain::user::User = UserRow::from_query_result(row, USER)?.try_into()?;
    let at = Row { table: "user_account", id: user.id.as_uuid() };
    let status: String = row.try_get("", TENANT_STATUS)?;
    let administered: Option<String> = row.try_get("", ADMINISTERED)?;
    let ids = administered.as_deref().unwrap_or_default().split(',').filter(|id| !id.is_empty());
    let ids: Option<BTreeSet<TenantId>> = ids.map(|id| Uuid::try_parse(id).ok().map(TenantId::from_uuid)).collect();
    Ok(UserFacts {
        user,
        tenant_status: at.need(TENANT_STATUS, TenantStatus::parse(&status))?,
        administered: at.need(ADMINISTERED, ids)?,
    })
}

fn secrets(rows: &[QueryResult], owner: SecretOwner) -> Result<Vec<StoredSecret>, StoreError> {
    let found = rows.iter().filter_map(|row| Option::<secret_version::Model>::from_query_result(row, SECRET).transpose());
    found.map(|row| StoredSecret::from_row(row?, owner)).collect()
}
