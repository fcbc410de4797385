package notify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretIsNotShown(t *testing.T) {
	type config struct {
		Shown  Secret
		hidden Secret
	}
	c := config{NewSecret("hunter2"), NewSecret("hunter2")}
	var all bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		fmt.Fprintf(&all, verb+verb+verb+"\n", c.Shown, c, &c)
	}
	slog.New(slog.NewTextHandler(&all, nil)).Info("config", slog.Any("secret", c.Shown), slog.Any("config", c))
	slog.New(slog.NewJSONHandler(&all, nil)).Info("config", slog.Any("secret", c.Shown), slog.Any("config", c))
	doc, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	all.Write(doc)
	if shown := all.String(); strings.Contains(shown, "hunter2") || strings.Contains(shown, "68756e74657232") {
		t.Errorf("it shows: %s", shown)
	}
}
