package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/notify"
)

func notifyConfig(t *testing.T, text string) *config.Config {
	t.Helper()
	cfg, err := config.Parse("seawall.yaml", []byte("version: 1\nsites: [{name: www.example.org, origin: \"http://127.0.0.1:8080\"}]\nnotify:\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// TestReceiversNames: a channel's name says where it leads and tells it from the others, and shows no secret.
func TestReceiversNames(t *testing.T) {
	cfg := notifyConfig(t, `
  mail: {server: "mail.example.org:587", from: seawall@example.org}
  receivers:
    - name: ops
      timezone: Europe/Copenhagen
      hours: 22:00-06:30
      channels:
        - mail: ops@example.org
        - service: {url: "ntfy://secretuser:secretpass@ntfy.example.org/secrettopic"}
        - service: {url: "discord://secrettoken@secretid"}
        - service: {url: "pushover://shoutrrr:secrettoken@secretuser"}
        - webhook: {url: "https://hooks.example.org/secretpath"}
        - webhook: {url: "https://hooks.example.org/secretother"}
`)
	all, err := Receivers(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range all[0].Channels {
		names = append(names, c.Name)
	}
	want := []string{"mail ops@example.org", "ntfy ntfy.example.org", "discord", "pushover", "webhook hooks.example.org", "webhook hooks.example.org (2)"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	if all[0].Zone.String() != "Europe/Copenhagen" || all[0].Hours.From != 22*time.Hour {
		t.Errorf("got %+v", all[0])
	}
}

// TestOutagesOutside: how far word of an outage goes, and when, is decided by who a receiver is and by the label, TLP:AMBER+STRICT without one.
func TestOutagesOutside(t *testing.T) {
	at := notify.Passing{}
	kept := func(label string) notify.Passing { return notify.Passing{Label: label, Kept: true} }
	marked := func(label string) notify.Passing { return notify.Passing{Label: label} }
	late := func(label string) notify.Passing { return notify.Passing{Label: label, Delay: time.Hour} }
	for label, want := range map[string][]notify.Passing{ // to house, owner, authority, community
		"":             {at, at, marked("TLP:AMBER+STRICT"), kept("TLP:AMBER+STRICT")},
		"red":          {at, at, kept("TLP:RED"), kept("TLP:RED")},
		"amber":        {at, at, marked("TLP:AMBER"), kept("TLP:AMBER")},
		"green":        {at, at, marked("TLP:GREEN"), late("TLP:GREEN")},
		"clear":        {at, at, marked("TLP:CLEAR"), late("TLP:CLEAR")},
		"amber+strict": {at, at, marked("TLP:AMBER+STRICT"), kept("TLP:AMBER+STRICT")},
	} {
		text := ""
		if label != "" {
			text = "  tlp: " + label + "\n"
		}
		text += "  receivers:\n"
		for _, route := range []string{"house", "owner", "authority", "community"} {
			text += "    - {name: " + route + ", route: " + route + ", channels: [{webhook: {url: \"https://hooks.example.org/\"}}]}\n"
		}
		all, err := Receivers(notifyConfig(t, text))
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range all {
			if r.Outages != want[i] {
				t.Errorf("%q to %s: got %+v, want %+v", label, r.Name, r.Outages, want[i])
			}
		}
	}
}

func TestReceiversProblems(t *testing.T) {
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cfg := notifyConfig(t, `
  heartbeat: {url_file: "`+file("beat", "ftp://beat.example.org/secret")+`"}
  receivers:
    - name: ops
      channels:
        - service: {url_file: "`+file("slack", "teams://secrettoken@secretid")+`"}
        - service: {url_file: "`+file("empty", " \n")+`"}
        - webhook: {url_file: "`+file("long", strings.Repeat("secret", 1000))+`"}
        - webhook: {url_file: "`+filepath.Join(folder, "none")+`"}
`)
	err := CheckFiles(cfg)
	if err == nil {
		t.Fatal("got no error")
	}
	got := strings.ReplaceAll(err.Error(), folder, "DIR")
	want := `seawall.yaml:5:3: notify.heartbeat: the URL is not one of http or https (write the URL that the service shows)
seawall.yaml:9:11: notify.receivers[0].channels[0].service: "teams" is no service that can be used here: known are discord, googlechat, gotify, mattermost, ntfy, pagerduty, pushover, rocketchat, slack, zulip (write it as the guide to notifications shows)
seawall.yaml:10:21: notify.receivers[0].channels[1].service.url_file: DIR/empty is empty (give Seawall's user the right to read it, or correct the path)
seawall.yaml:11:21: notify.receivers[0].channels[2].webhook.url_file: DIR/long is too long for a secret (give Seawall's user the right to read it, or correct the path)
seawall.yaml:12:21: notify.receivers[0].channels[3].webhook.url_file: open DIR/none: no such file or directory (give Seawall's user the right to read it, or correct the path)`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
