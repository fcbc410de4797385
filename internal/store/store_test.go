package store

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/watch/probe"
)

// TestClassNumbers: classes are stored by number, so the number of none may ever change. A new class goes to the end.
func TestClassNumbers(t *testing.T) {
	const want = "unknown ok http_500 http_502 http_503 http_504 http_5xx http_4xx overload_page challenge edge_block redirect_loop " +
		"redirect_foreign bad_response truncated empty http_timeout tls_expired tls_wrong_host tls_unknown_ca tls_handshake tls_reset tls_timeout " +
		"tcp_refused tcp_reset tcp_timeout tcp_unreachable dns_nxdomain dns_servfail dns_refused dns_no_answer dns_timeout refused_target " +
		"measurement_failed"
	var got []string
	for _, c := range probe.Classes() {
		got = append(got, c.String())
	}
	stored := strings.Fields(want)
	if len(got) < len(stored) {
		t.Fatalf("got %d classes, %d are stored", len(got), len(stored))
	}
	if diff := cmp.Diff(stored, got[:len(stored)]); diff != "" {
		t.Errorf("classes by number (-stored +got):\n%s", diff)
	}
}

func TestFromProbe(t *testing.T) {
	for hash, want := range map[string]uint64{
		"":                                 0,
		"0011223344556677":                 0x0011223344556677,
		"ffeeddccbbaa99880000000000000000": 0xffeeddccbbaa9988,
		"00112233":                         0,
		"no hex, no hash.":                 0,
	} {
		r := probe.Result{Evidence: probe.Evidence{BodySHA256: hash}}
		if got := FromProbe(1, Key{}, &r).BodyHash; got != want {
			t.Errorf("hash %q: got %x, want %x", hash, got, want)
		}
	}
}
