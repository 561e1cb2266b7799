#!/bin/bash
# Ends every capsule of run/, then Karaf, and looks whether anything is left. The database in run/data stays.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
