package seawall

import "testing"

func TestCountryOf(t *testing.T) {
	for host, want := range map[string]string{
		"www.example.uk": "uk", "example.dk": "dk", "example.org": "", "example.eu": "", "example.io": "", "192.0.2.31": "", "2001:db8::aa": "",
		"aa": "", ".aa": "", "": "", "example.a1": "", "xn--p1ai": "", "example.xn--p1ai": "",
	} {
		if got := CountryOf(host); got != want {
			t.Errorf("%q: got %q, want %q", host, got, want)
		}
	}
}

func TestSpellings(t *testing.T) {
	for host, want := range map[string][2]string{
		"example.org":         {"example.org", "www.example.org"},
		"www.example.org":     {"example.org", "www.example.org"},
		"www.www.example.org": {"www.example.org", "www.www.example.org"},
		"a.www.example.org":   {"a.www.example.org", "www.a.www.example.org"},
	} {
		if got := Spellings(host); got != want {
			t.Errorf("%s: got %q, want %q", host, got, want)
		}
	}
}
