// Package enginetest proves that an engine is one: [Run] holds any implementation of engine.Engine against what package engine
// promises, over memory in a testing/synctest bubble, where minutes pass at once, and over TCP on the loopback address.
//
//	func TestConformance(t *testing.T) {
//		enginetest.Run(t, func(t *testing.T, s enginetest.Setup) engine.Engine { … })
//	}
//
// The package that calls Run should check for leaked goroutines in its TestMain; Run itself fails when Serve does not return or when
// a gauge does not come back to zero.
package enginetest

import (
	"crypto/tls"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seawall-project/seawall/internal/engine"
	"github.com/seawall-project/seawall/internal/testkit/memnet"
)

// Setup is what an engine under test is made of.
type Setup struct {
	Handler engine.Handler
	Limits  engine.Limits
	Trust   engine.Trust
	TLS     *tls.Config
	Now     func() time.Time
}

// Maker makes an engine for one test, or fails it.
type Maker func(t *testing.T, s Setup) engine.Engine

// Run tests the engine that newEngine makes, a new one for each test.
func Run(t *testing.T, newEngine func(t *testing.T, s Setup) engine.Engine) {
	for _, group := range []struct {
		name string
		test func(*testing.T, Maker)
	}{
		{"Request", testRequest},
		{"Target", testTarget},
		{"Strict", testStrict},
		{"StrictBody", testStrictBody},
		{"StrictStream", testStrictStream},
		{"Response", testResponse},
		{"Body", testBody},
		{"Abort", testAbort},
		{"Exchanges", testExchanges},
		{"Stall", testStall},
		{"Source", testSource},
		{"Greet", testGreet},
		{"Networks", testNetworks},
		{"Head", testHead},
		{"Handshake", testHandshake},
		{"Preface", testPreface},
		{"Drain", testDrain},
		{"Upgrade", testUpgrade},
		{"Trailers", testTrailers},
		{"Interim", testInterim},
		{"Crowd", testCrowd},
		{"QUIC", testQUIC},
	} {
		t.Run(group.name, func(t *testing.T) { group.test(t, newEngine) })
	}
}

// onBoth runs test in memory and on the loopback address.
func onBoth(t *testing.T, test func(t *testing.T, n network)) {
	t.Helper()
	t.Run("loopback", func(t *testing.T) { test(t, loopback{}) })
	t.Run("memory", func(t *testing.T) { inMemory(t, test) })
}

// inMemory runs test in a bubble of its own, where time passes when everybody waits.
func inMemory(t *testing.T, test func(t *testing.T, n network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, memnet.New()) })
}

// forEachProto runs test for every way to speak HTTP to an engine.
func forEachProto(t *testing.T, test func(t *testing.T, p proto)) {
	t.Helper()
	for _, p := range protos {
		t.Run(p.name, func(t *testing.T) { test(t, p) })
	}
}
