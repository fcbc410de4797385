package std

import "testing"

func TestPreface(t *testing.T) {
	const request = "GET / HTTP/1.1\r\n\r\n"
	for _, tt := range []struct {
		name   string
		expect expectation
		bytes  string
		ok     bool
		http2  bool
		after  string
	}{
		{"h1 in plain text", anyVersion, request, true, false, request},
		{"h2 in plain text", anyVersion, h2Preface + "rest", true, true, "rest"},
		{"h1 agreed", http1Only, request, true, false, request},
		{"h1 agreed, h2 spoken", http1Only, h2Preface + "rest", false, true, ""},
		{"h1 agreed, nearly h2", http1Only, h2Preface[:20] + "\r\n", true, false, ""},
		{"h2 agreed", http2Only, h2Preface + "rest", true, true, "rest"},
		{"h2 agreed, h1 spoken", http2Only, request, false, false, ""},
		{"h2 agreed, nearly h2", http2Only, h2Preface[:20] + "????", false, false, ""},
		{"h2 agreed, not all yet", http2Only, h2Preface[:20], true, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, step := range []int{len(tt.bytes), 1, 7} {
				after, ok, g := feedPreface(tt.expect, tt.bytes, step)
				if ok != tt.ok || g.http2 != tt.http2 {
					t.Errorf("by %d: pass %v, http2 %v, want %v, %v", step, ok, g.http2, tt.ok, tt.http2)
				}
				if tt.http2 && ok && after != tt.after {
					t.Errorf("by %d: after the preface %q, want %q", step, after, tt.after)
				}
			}
		})
	}
}

func feedPreface(e expectation, s string, step int) (after string, ok bool, g preface) {
	g.expect = e
	for len(s) > 0 {
		n := min(step, len(s))
		rest, ok := g.pass([]byte(s[:n]))
		if !ok {
			return after, false, g
		}
		after += string(rest)
		s = s[n:]
	}
	return after, true, g
}
