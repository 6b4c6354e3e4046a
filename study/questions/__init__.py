"""Questions to participants before and after the pictures: what is asked, a test of colour vision, and the answers."""
