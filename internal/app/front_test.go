package app

import (
	"testing"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge/gateway"
)

// TestFrontAllocatesNothing: to pass through the front costs a request two atomic additions.
func TestFrontAllocatesNothing(t *testing.T) {
	a := build(t, Options{Config: oneSite(t, "http://127.0.0.1:1", "internal")})
	x := &gateway.Exchange{Request: seawall.Request{Method: "GET", Host: "www.example.org", Path: "/"}}
	if n := testing.AllocsPerRun(1000, func() {
		g := a.front.enter()
		if g.validate(x) {
			t.Error("an ordinary request was taken for a validation")
		}
		g.leave()
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
