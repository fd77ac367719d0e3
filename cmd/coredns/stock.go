//go:build !lean

package main

import _ "github.com/coredns/coredns/core/plugin" // all stock plugins
