// Everything that a view of an agent needs.

import "./ui/views.ts";
