package config

import (
	"fmt"
	"strings"
)

func busPort(c *Config) {
	c.Bus = Bus{Listen: "192.0.2.1:4222", Cert: "/etc/seawall/bus.pem", Key: "/etc/seawall/bus.key"}
}

func busElsewhere(c *Config) {
	c.Bus = Bus{URL: "tls://bus.example.org:4222", Credentials: "/etc/seawall/bus.creds"}
}

func busOwnKey(c *Config) { c.Bus = Bus{Listen: ":4222"} }

// renderBus writes out everything that b says.
func renderBus(w *strings.Builder, b *Bus) {
	if *b == (Bus{}) {
		return
	}
	fmt.Fprint(w, "bus:\n")
	if b.Listen != "" {
		fmt.Fprintf(w, "  listen: %q\n", b.Listen)
	}
	if b.Cert != "" {
		fmt.Fprintf(w, "  tls: {cert: %q, key: %q}\n", b.Cert, b.Key)
	}
	if b.URL != "" {
		fmt.Fprintf(w, "  url: %q\n  credentials: %q\n", b.URL, b.Credentials)
	}
}
