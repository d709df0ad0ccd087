//! A disk that fills under a running server: writes end before it is full, reads go on, and writes begin again when there is room.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use oauth_registry::proto;
use tempfile::TempDir;
use tonic::{Code, Status};

use super::program::{Server, folder, until_healthy, who};
use crate::harness::caller::{Caller, reason};

const MIB: u64 = 1 << 20;

/// A file system of 64 MiB in memory; only root may make one.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = folder();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=64m,mode=0700", "tmpfs"]).arg(folder.path()).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        // Written past the capture of libtest, which would hide it from whoever wonders why nothing ran.
        let _ = writeln!(std::io::stderr(), "note: the test of a full disk is skipped: no file system can be mounted");
        None
    }

    /// Fills the disk so that this many bytes are free.
    fn leave(&self, free: u64) {
        let found = rustix::fs::statvfs(self.0.path()).unwrap();
        let filler = File::options().create(true).append(true).open(self.0.path().join("filler")).unwrap();
        let length = filler.metadata().unwrap().len() + found.f_bavail * found.f_frsize - free;
        filler.set_len(0).unwrap();
        rustix::fs::fallocate(&filler, rustix::fs::FallocateFlags::empty(), 0, length).unwrap();
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A lazy one: whatever is still open there goes when it is closed.
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

async fn write(caller: &Caller, name: &str) -> Result<(), Status> {
    let tenant = proto::Tenant { name: Some(name.to_owned()), ..Default::default() };
    let request = proto::CreateTenantRequest { tenant: Some(tenant), ..Default::default() };
    caller.tenants().create_tenant(request).await.map(drop)
}

async fn assert_reads_alone(caller: &Caller) {
    let refused = write(caller, "Refused").await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "DATABASE_UNAVAILABLE"));
    assert_eq!(who(caller).await.unwrap(), "administrator");
    caller.tenants().list_tenants(proto::ListTenantsRequest::default()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_ends_writes_and_not_reads_until_there_is_room_again() {
    let Some(disk) = SmallDisk::mount() else { return };
    let mut server = Server::start(disk.path(), &[]);
    let key = server.first_key();
    let caller = server.caller(&key).await;
    write(&caller, "Before").await.unwrap();
    for free in [15 * MIB, 0] {
        disk.leave(free);
        until_healthy(disk.path(), &server, "NOT_SERVING").await;
        assert_reads_alone(&caller).await;
        // More than the least, and not yet enough to begin again.
        disk.leave(24 * MIB);
        assert_reads_alone(&caller).await;
        fs::remove_file(disk.path().join("filler")).unwrap();
        until_healthy(disk.path(), &server, "SERVING").await;
        write(&caller, &format!("After {free}")).await.unwrap();
    }
    let log = server.stop().stderr;
    assert!(log.contains("no room for the database") && log.contains("there is room for the database again"), "{log}");
}
