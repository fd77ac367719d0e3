package faults

import "syscall"

// errDiskFull is what a write to a full disk gives.
const errDiskFull = syscall.ENOSPC

// mountSmall puts a disk of a few megabytes in place of an empty folder. Only root may.
func mountSmall(dir string) error { return syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m") }

// unmount takes it away. Whoever still uses it goes on with it.
func unmount(dir string) error { return syscall.Unmount(dir, syscall.MNT_DETACH) }
