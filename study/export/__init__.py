"""What another laboratory needs to check a study: bundle, data dictionary, preregistration sheet, analysis scripts."""
