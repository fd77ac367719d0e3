//go:build race

package main

// alike is what the go command is told to compile in the way that these tests are compiled in.
const alike = "-race"
