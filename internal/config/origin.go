package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

const originExample = "write a URL such as http://127.0.0.1:8080"

// originURL parses the base URL of an origin and returns it as scheme, host and port if it has one, nothing after. No message
// repeats what it was given, since that may hold a password.
func originURL(s string) (string, *fault) {
	switch {
	case s == "":
		return "", &fault{"is empty", originExample}
	case strings.Contains(s, "@"):
		return "", &fault{"carries a user name or password", `remove all from "//" to "@"`}
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return "", schemeFault(s)
	}
	host, hostOK := originHost(u.Hostname())
	port, portOK := originPort(u.Port())
	if !hostOK || !portOK {
		return "", &fault{"names no usable host and port", originExample}
	}
	base := u.Scheme + "://" + host + port
	if u.RequestURI() != "/" || strings.Contains(s, "#") {
		return "", &fault{"goes on after the host", "write " + base}
	}
	return base, nil
}

func schemeFault(s string) *fault {
	base, f := "", &fault{}
	if !strings.Contains(s, "://") {
		base, f = originURL("http://" + s)
	}
	if f != nil {
		return &fault{"is not an http or https URL", originExample}
	}
	return &fault{"has no scheme", fmt.Sprintf("write %s or https://%s", base, strings.TrimPrefix(base, "http://"))}
}

// originHost returns host as it stands in a URL: brackets around an IPv6 address.
func originHost(host string) (string, bool) {
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.Is4() {
			return addr.String(), true
		}
		return "[" + addr.String() + "]", addr.Zone() == ""
	}
	return hostASCII(host)
}

func originPort(port string) (string, bool) {
	if port == "" {
		return "", true
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return ":" + strconv.FormatUint(n, 10), err == nil && n > 0
}
