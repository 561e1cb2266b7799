//! From root to a user that has no way back.

use crate::sys::{check, done};

const CAPABILITIES_3: u32 = 0x2008_0522;

#[repr(C)]
struct Header {
    version: u32,
    pid: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Sets {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

/// The bounding set goes first, while there is the right to change it.
pub fn drop_to(user: u32, group: Option<u32>) -> Result<(), String> {
    // Beyond the last one that this kernel knows the call fails: that ends the list.
    for capability in 0..64 {
        if unsafe { libc::prctl(libc::PR_CAPBSET_READ, capability, 0, 0, 0) } < 0 {
            break;
        }
        check("bounding set", unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) })?;
    }
    let groups: Vec<libc::gid_t> = group.into_iter().collect();
    check("groups", unsafe { libc::setgroups(groups.len(), groups.as_ptr()) })?;
    check("group", unsafe { libc::setresgid(user, user, user) })?;
    check("user", unsafe { libc::setresuid(user, user, user) })?;
    let header = Header { version: CAPABILITIES_3, pid: 0 };
    let none = [Sets { effective: 0, permitted: 0, inheritable: 0 }; 2];
    let result = unsafe { libc::syscall(libc::SYS_capset, &header, none.as_ptr()) };
    check("capabilities", result as libc::c_int)?;
    check("ambient capabilities", unsafe { libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) })?;
    done("no new privileges", unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) })
}
