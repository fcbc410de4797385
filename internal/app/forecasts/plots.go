package forecasts

import (
	"bytes"
	"io"
	"os"
	"path/filepath"

	"github.com/seawall-project/seawall/internal/forecast/plot"
)

// WritePlots draws what came of a back-test into calibration.svg and skill.svg in a folder, which is made if there is none. Files of these names are
// replaced.
func WritePlots(dir string, r *Result) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // G301: drawings are for everybody
		return err
	}
	for _, p := range []struct {
		name string
		draw func(w io.Writer, r *Result) error
	}{{"calibration.svg", plot.Calibration}, {"skill.svg", plot.Skill}} {
		var b bytes.Buffer
		if err := p.draw(&b, r); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, p.name), b.Bytes(), 0o644); err != nil { //nolint:gosec // G306: drawings are for everybody
			return err
		}
	}
	return nil
}
