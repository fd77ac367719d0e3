//go:build lean

package main

// leftOut are the stock plugins that the program does not have.
var leftOut = []string{"azure", "clouddns", "etcd", "k8s_external", "kubernetes", "route53", "trace"}
