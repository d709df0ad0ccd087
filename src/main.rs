//! The `oauth-registry` program: reads the command line and the configuration, then runs one subcommand.

use std::process::ExitCode;

use oauth_registry::cli::health::Health;
use oauth_registry::cli::{self, Cli, Command};
use oauth_registry::config::{self, Config, Loaded};
use oauth_registry::{server, telemetry};

fn main() -> ExitCode {
    telemetry::install_panic_hook();
    // Before anything is read: the configuration may hold the database's password.
    if let Err(error) = server::forbid_core_dumps() {
        return fail(&error);
    }
    let Cli { flags, command } = match cli::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => return cli::refuse(&error),
    };
    let environment = |name: &str| std::env::var_os(name);
    let loaded = match config::load(flags.values(), &environment, &server::is_exposed) {
        Ok(loaded) => loaded,
        Err(error) => return cli::refuse_config(&error),
    };
    if command == Command::Config {
        return check_config(&loaded);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    // The exporter of traces lives on the runtime, and ends before it does.
    let entered = runtime.enter();
    let guard = match telemetry::init(&loaded.config) {
        Ok(guard) => guard,
        Err(error) => return fail(&error),
    };
    let code = runtime.block_on(run(command, &loaded));
    drop(guard);
    drop(entered);
    code
}

/// Prints the configuration, unless something that it names is not good.
fn check_config(loaded: &Loaded) -> ExitCode {
    let faults = server::check(&loaded.config);
    if faults.is_empty() {
        return cli::print_config(loaded);
    }
    for fault in &faults {
        cli::complain(fault);
    }
    ExitCode::from(cli::EXIT_USAGE)
}

async fn run(command: Command, loaded: &Loaded) -> ExitCode {
    let config = &loaded.config;
    let done = match command {
        Command::Config => return cli::print_config(loaded),
        Command::Health { address } => return health(config, address.as_deref()).await,
        Command::Serve => server::serve(config, cli::show).await,
        Command::Migrate => server::migrate(config, cli::print).await,
        Command::Bootstrap { recover: false } => server::bootstrap(config, cli::show).await,
        Command::Bootstrap { recover: true } => server::recover(config, cli::show).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is_bad_setting() => {
            cli::complain(&error);
            ExitCode::from(cli::EXIT_USAGE)
        }
        Err(error) => fail(&error),
    }
}

async fn health(config: &Config, address: Option<&str>) -> ExitCode {
    match cli::health::check(config, address).await {
        Ok(health) => {
            let printed = cli::exit_code(cli::print(&format!("{health}\n")));
            if health == Health::Serving { printed } else { ExitCode::FAILURE }
        }
        Err(error) => fail(&error),
    }
}

fn fail(reason: &dyn std::fmt::Display) -> ExitCode {
    cli::complain(reason);
    ExitCode::FAILURE
}
