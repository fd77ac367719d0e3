package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestProbe(t *testing.T) {
	var status int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		w.Write([]byte("mysqldns\n"))
	}))
	defer server.Close()

	if status = http.StatusOK; probe(server.URL) != nil {
		t.Errorf("200: %v, want nil", probe(server.URL))
	}
	status = http.StatusServiceUnavailable
	if err := probe(server.URL); err == nil || !strings.HasSuffix(err.Error(), "503 Service Unavailable: mysqldns") {
		t.Errorf("503: %v, want an error that names the status and the plugin", err)
	}
	server.Close()
	if probe(server.URL) == nil {
		t.Error("nobody listens: nil, want an error")
	}
}
