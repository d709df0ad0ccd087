//! Misuse that the compiler refuses: each file in `tests/ui` is one, with the compiler's words beside it.
//!
//! `rust-toolchain.toml` pins the compiler. `TRYBUILD=overwrite` writes the words anew; read them before you believe them: a case that
//! fails for another reason than its first line says proves nothing.

#[test]
fn misuse_of_permits_secrets_and_rows_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
