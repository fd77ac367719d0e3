//go:build !linux

package faults

import "errors"

// errDiskFull is what a write to a full disk gives, where one can be had.
var errDiskFull = errors.ErrUnsupported

func mountSmall(string) error { return errors.ErrUnsupported }
func unmount(string) error    { return errors.ErrUnsupported }
