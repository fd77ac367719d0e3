//go:build !lean

package main

// leftOut are the stock plugins that the program does not have.
var leftOut []string
